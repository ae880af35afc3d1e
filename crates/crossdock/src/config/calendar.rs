//! A channel's calendar as the file gives it, laid over what is known of an operator beforehand.

use crossdock_flow::calendar::{BankHolidays, Calendar};
use crossdock_mirakl::Preset;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::place::Wrong;

/// `calendar = { … }` of a channel; each key alone beats the preset's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CalendarTable {
    /// Whose days and hours these are; without it, the marketplace's zone where it is set, else the merchant's.
    time_zone: Option<String>,
    /// Monday to Friday unless said otherwise.
    working_days: Option<Vec<Day>>,
    /// From this time of the day on an order counts from the next working day; without it the whole day counts.
    cut_off: Option<String>,
    bank_holidays: Option<Whose>,
    /// Further days off, as `2026-12-24`.
    holidays: Vec<String>,
}

/// A day of the week as the file writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    const MON_TO_FRI: [Self; 5] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri];

    const fn weekday(self) -> Weekday {
        match self {
            Self::Mon => Weekday::Monday,
            Self::Tue => Weekday::Tuesday,
            Self::Wed => Weekday::Wednesday,
            Self::Thu => Weekday::Thursday,
            Self::Fri => Weekday::Friday,
            Self::Sat => Weekday::Saturday,
            Self::Sun => Weekday::Sunday,
        }
    }
}

/// Whose public holidays are kept, as the file writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Whose {
    None,
    England,
}

impl CalendarTable {
    /// The calendar that a preset brings along.
    ///
    /// John Lewis publishes none of its figures (`contracts/john-lewis.md §7`). Working days of an English office are this
    /// project's assumption, which every key overrules.
    pub(super) fn of_preset(preset: Preset) -> Self {
        match preset {
            Preset::JohnLewis => Self {
                time_zone: Some("Europe/London".to_owned()),
                working_days: Some(Day::MON_TO_FRI.to_vec()),
                bank_holidays: Some(Whose::England),
                ..Self::default()
            },
        }
    }

    /// These keys, and for those that are not set the other's.
    fn over(self, other: Self) -> Self {
        Self {
            time_zone: self.time_zone.or(other.time_zone),
            working_days: self.working_days.or(other.working_days),
            cut_off: self.cut_off.or(other.cut_off),
            bank_holidays: self.bank_holidays.or(other.bank_holidays),
            holidays: if self.holidays.is_empty() { other.holidays } else { self.holidays },
        }
    }

    fn build(self, zone: &str) -> Result<Calendar, Wrong> {
        let zone = zone_named("calendar.time_zone", self.time_zone.as_deref().unwrap_or(zone))?;
        let days: Vec<Weekday> =
            self.working_days.unwrap_or(Day::MON_TO_FRI.to_vec()).into_iter().map(Day::weekday).collect();
        let calendar = Calendar::new(zone, &days).ok_or_else(|| {
            Wrong::new(
                "calendar.working_days",
                "without a working day nothing is ever due",
                "Name one day or more of mon, tue, wed, thu, fri, sat, sun",
            )
        })?;
        let cut_off = self.cut_off.as_deref().map(time_of_day).transpose()?;
        let holidays = self.holidays.iter().map(|day| day_named(day)).collect::<Result<Vec<_>, _>>()?;
        Ok(calendar
            .with_cut_off(cut_off)
            .with_bank_holidays(self.bank_holidays.map_or(BankHolidays::None, whose))
            .with_holidays(holidays))
    }
}

/// A channel's calendar; `None` without one, and then every hour counts.
pub(super) fn calendar(
    own: Option<&CalendarTable>,
    preset: Option<CalendarTable>,
    zone: &str,
) -> Result<Option<Calendar>, Wrong> {
    let table = match (own.cloned(), preset) {
        (Some(own), Some(preset)) => own.over(preset),
        (Some(table), None) | (None, Some(table)) => table,
        (None, None) => return Ok(None),
    };
    table.build(zone).map(Some)
}

const fn whose(whose: Whose) -> BankHolidays {
    match whose {
        Whose::None => BankHolidays::None,
        Whose::England => BankHolidays::England,
    }
}

/// A clock time such as `14:00`. Only hours and minutes: nobody's cut-off has seconds, and `14` could mean anything.
fn time_of_day(text: &str) -> Result<Time, Wrong> {
    let time = text.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2);
    let time = time.and_then(|(hours, minutes)| Time::new(hours.parse().ok()?, minutes.parse().ok()?, 0, 0).ok());
    time.ok_or_else(|| {
        let problem = format!("`{text}` is not a time of the day");
        Wrong::new("calendar.cut_off", problem, "Write hours and minutes, for example \"14:00\"")
    })
}

fn day_named(text: &str) -> Result<Date, Wrong> {
    text.parse().map_err(|_| {
        let problem = format!("`{text}` is not a date");
        Wrong::new("calendar.holidays", problem, "Write year, month and day, for example \"2026-12-24\"")
    })
}

/// A time zone by its IANA name.
pub(super) fn zone_named(key: &str, name: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(name).map_err(|_| {
        let alike = jiff::tz::db()
            .available()
            .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), &known.as_str().to_lowercase()), known))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let example = "Write an IANA name, for example \"Europe/London\"".to_owned();
        let advice = alike.map_or(example, |(_, known)| format!("Did you mean `{known}`?"));
        Wrong::new(key, format!("`{name}` is not a known time zone"), advice)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn table(text: &str) -> CalendarTable {
        toml::from_str(text).unwrap()
    }

    fn built(text: &str, preset: Option<Preset>) -> Calendar {
        calendar(Some(&table(text)), preset.map(CalendarTable::of_preset), "Europe/London").unwrap().unwrap()
    }

    #[test]
    fn a_channel_without_a_calendar_has_none() {
        assert_eq!(calendar(None, None, "Europe/London").unwrap(), None);
    }

    #[test]
    fn john_lewis_works_from_monday_to_friday_without_englands_bank_holidays() {
        let preset = calendar(None, Some(CalendarTable::of_preset(Preset::JohnLewis)), "Asia/Tokyo").unwrap().unwrap();
        assert!(preset.works(date(2026, 11, 27)));
        assert!(!preset.works(date(2026, 11, 28)) && !preset.works(date(2026, 12, 28)));
        // The zone is England's, wherever the merchant is.
        assert_eq!(preset, built("time_zone = \"Europe/London\"", Some(Preset::JohnLewis)));
    }

    #[test]
    fn each_key_alone_overrules_the_preset() {
        let jl = Some(Preset::JohnLewis);
        assert!(built("working_days = [\"sat\"]", jl).works(date(2026, 11, 28)));
        assert!(built("bank_holidays = \"none\"", jl).works(date(2026, 12, 28)));
        let later = built("cut_off = \"14:00\"\nholidays = [\"2026-12-24\"]", jl);
        assert!(!later.works(date(2026, 12, 24)) && !later.works(date(2026, 12, 28)));
        let order = "2026-11-24T15:00:00Z".parse().unwrap();
        let hour = jiff::SignedDuration::from_hours(1);
        assert_eq!(later.after(order, hour), "2026-11-25T01:00:00Z".parse().unwrap());
    }

    #[test]
    fn what_is_no_day_no_time_and_no_zone_is_refused_by_name() {
        for (text, key) in [
            ("working_days = []", "calendar.working_days"),
            ("cut_off = \"14\"", "calendar.cut_off"),
            ("cut_off = \"25:00\"", "calendar.cut_off"),
            ("cut_off = \"2:00 pm\"", "calendar.cut_off"),
            ("holidays = [\"24.12.2026\"]", "calendar.holidays"),
            ("holidays = [\"2026-02-30\"]", "calendar.holidays"),
            ("time_zone = \"Mars/Olympus\"", "calendar.time_zone"),
        ] {
            let wrong = calendar(Some(&table(text)), None, "Europe/London").unwrap_err();
            let told = wrong.explain("").0;
            assert!(told.starts_with(&format!("{key}: ")), "{text}: {told}");
        }
        assert!(toml::from_str::<CalendarTable>("working_days = [\"monday\"]").is_err());
        assert!(toml::from_str::<CalendarTable>("bank_holidays = \"scotland\"").is_err());
    }

    #[test]
    fn a_misspelt_zone_is_answered_with_the_nearest_one() {
        let wrong = zone_named("merchant.time_zone", "Europe/Londn").unwrap_err();
        assert!(wrong.explain("").0.ends_with("Did you mean `Europe/London`?"), "{wrong:?}");
    }
}
