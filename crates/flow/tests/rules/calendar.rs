//! F38, F118: the time of a service level runs when somebody is at work.

use crossdock_flow::calendar::{BankHolidays, Calendar, england};
use jiff::civil::{Date, Weekday, date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::support::at;

const MON_TO_FRI: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
const ALL_WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap()
}

/// Monday to Friday, orders until two o'clock, England's bank holidays.
fn office() -> Calendar {
    Calendar::new(london(), &MON_TO_FRI)
        .unwrap()
        .with_cut_off(Some(time(14, 0, 0, 0)))
        .with_bank_holidays(BankHolidays::England)
}

/// The end of some hours after an order, both as a clock on the wall in London shows them.
fn end(calendar: &Calendar, order: &str, hours: i64) -> String {
    let order = order.parse::<jiff::civil::DateTime>().unwrap().to_zoned(london()).unwrap().timestamp();
    let end = calendar.after(order, SignedDuration::from_hours(hours));
    end.to_zoned(london()).strftime("%a %d %b %Y %H:%M").to_string()
}

/// As published at gov.uk/bank-holidays for England and Wales.
#[test]
fn englands_bank_holidays_are_those_of_the_official_lists() {
    let official: [(i16, [(i8, i8); 8]); 4] = [
        (2024, [(1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)]),
        (2025, [(1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)]),
        (2026, [(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)]),
        (2027, [(1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]),
    ];
    for (year, days) in official {
        let expected: Vec<Date> = days.iter().map(|(month, day)| date(year, *month, *day)).collect();
        assert_eq!(england(year), expected);
    }
}

/// Easter by Knuth's reckoning (The Art of Computer Programming, 1.3.2, exercise 14), which shares no step with ours.
fn easter(year: i32) -> Date {
    let golden = year % 19 + 1;
    let century = year / 100 + 1;
    let skipped_leap_years = 3 * century / 4 - 12;
    let moon = (8 * century + 5) / 25 - 5;
    let sunday = 5 * year / 4 - skipped_leap_years - 10;
    let mut epact = (11 * golden + 20 + moon - skipped_leap_years).rem_euclid(30);
    if (epact == 25 && golden > 11) || epact == 24 {
        epact += 1;
    }
    let full_moon = if 44 - epact < 21 { 74 - epact } else { 44 - epact };
    let march = full_moon + 7 - (sunday + full_moon) % 7;
    let (month, day) = if march > 31 { (4, march - 31) } else { (3, march) };
    date(i16::try_from(year).unwrap(), month, i8::try_from(day).unwrap())
}

#[test]
fn easter_is_where_another_reckoning_has_it_too() {
    for year in 1600..=4000 {
        let sunday = easter(year);
        let (friday, monday) = (sunday.yesterday().unwrap().yesterday().unwrap(), sunday.tomorrow().unwrap());
        assert_eq!(england(i16::try_from(year).unwrap())[1..3], [friday, monday], "{year}");
    }
}

#[test]
fn a_holiday_on_a_weekend_is_kept_on_a_weekday_of_its_own() {
    // Christmas on a Sunday: Boxing Day stays on Monday, and Christmas Day's substitute follows it.
    assert_eq!(england(2022)[6..], [date(2022, 12, 26), date(2022, 12, 27)]);
    // New Year's Day on a Saturday and on a Sunday.
    assert_eq!(england(2022)[0], date(2022, 1, 3));
    assert_eq!(england(2023)[0], date(2023, 1, 2));
}

#[test]
fn every_year_has_eight_bank_holidays_on_weekdays_and_easter_where_it_belongs() {
    // Sundays published for Easter: the earliest and the latest there can be, and the exceptions of the reckoning.
    for (year, month, day) in [(1818, 3, 22), (1943, 4, 25), (1954, 4, 18), (1981, 4, 19), (2008, 3, 23), (2038, 4, 25)]
    {
        assert!(england(year).contains(&date(year, month, day).tomorrow().unwrap()), "Easter of {year}");
    }
    for year in 1978..=3000 {
        let days = england(year);
        assert_eq!(days.len(), 8, "{year}");
        assert!(days.windows(2).all(|pair| pair[0] < pair[1]), "{year}: {days:?}");
        let weekend = |day: &Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        assert!(!days.iter().any(weekend), "{year}: {days:?}");
    }
}

#[test]
fn an_order_before_the_cut_off_counts_from_its_own_moment() {
    assert_eq!(end(&office(), "2026-11-24T13:59", 24), "Wed 25 Nov 2026 13:59");
    assert_eq!(end(&office(), "2026-11-24T09:00", 4), "Tue 24 Nov 2026 13:00");
}

#[test]
fn an_order_at_the_cut_off_or_later_counts_from_the_next_midnight() {
    assert_eq!(end(&office(), "2026-11-24T14:00", 24), "Thu 26 Nov 2026 00:00");
    assert_eq!(end(&office(), "2026-11-24T23:59", 10), "Wed 25 Nov 2026 10:00");
}

#[test]
fn a_weekend_is_skipped() {
    // Friday evening and Sunday come to the same: all of Monday is left.
    assert_eq!(end(&office(), "2026-11-27T18:30", 24), "Tue 01 Dec 2026 00:00");
    assert_eq!(end(&office(), "2026-11-29T11:00", 24), "Tue 01 Dec 2026 00:00");
    // Friday morning: what Friday does not give, Monday does.
    assert_eq!(end(&office(), "2026-11-27T10:00", 24), "Mon 30 Nov 2026 10:00");
}

#[test]
fn time_that_is_used_up_with_the_week_ends_with_the_week() {
    assert_eq!(end(&office(), "2026-11-26T15:00", 24), "Sat 28 Nov 2026 00:00");
    assert_eq!(end(&office(), "2026-11-26T15:00", 25), "Mon 30 Nov 2026 01:00");
}

#[test]
fn nothing_is_due_over_christmas() {
    // Christmas Eve 2026 is a Thursday; Friday and Monday are bank holidays.
    assert_eq!(end(&office(), "2026-12-24T09:00", 24), "Tue 29 Dec 2026 09:00");
    assert_eq!(end(&office(), "2026-12-24T16:00", 48), "Thu 31 Dec 2026 00:00");
    // A house that is shut on Christmas Eve too.
    let shut = office().with_holidays([date(2026, 12, 24)]);
    assert_eq!(end(&shut, "2026-12-23T09:00", 24), "Tue 29 Dec 2026 09:00");
    assert_eq!(end(&shut, "2026-12-24T09:00", 24), "Wed 30 Dec 2026 00:00");
}

#[test]
fn on_both_weekends_of_the_clock_change_the_hour_on_the_wall_is_kept() {
    // The clocks change on a Sunday, on which nobody works.
    assert_eq!(end(&office(), "2026-03-27T10:00", 24), "Mon 30 Mar 2026 10:00");
    assert_eq!(end(&office(), "2026-10-23T10:00", 24), "Mon 26 Oct 2026 10:00");
}

#[test]
fn where_sunday_is_a_working_day_it_has_23_or_25_hours() {
    let always = Calendar::new(london(), &ALL_WEEK).unwrap();
    assert_eq!(end(&always, "2026-03-28T10:00", 24), "Sun 29 Mar 2026 11:00");
    assert_eq!(end(&always, "2026-10-24T10:00", 24), "Sun 25 Oct 2026 09:00");
    // Counted over whole days: from Saturday's midnight, two days are 47 and 49 hours long.
    assert_eq!(end(&always, "2026-03-28T00:00", 47), "Mon 30 Mar 2026 00:00");
    assert_eq!(end(&always, "2026-10-24T00:00", 49), "Mon 26 Oct 2026 00:00");
}

#[test]
fn a_week_without_a_day_off_is_plain_hours() {
    let always = Calendar::new(london(), &ALL_WEEK).unwrap();
    let order = at("2026-03-28T10:00:00Z");
    for hours in [0, 1, 24, 100, 10_000] {
        let length = SignedDuration::from_hours(hours);
        assert_eq!(always.after(order, length), order.checked_add(length).unwrap(), "{hours}");
    }
}

#[test]
fn the_day_is_the_channels_and_not_greenwichs() {
    let sydney = Calendar::new(TimeZone::get("Australia/Sydney").unwrap(), &MON_TO_FRI).unwrap();
    // Friday afternoon in London is Saturday in Sydney; Monday there begins on Sunday at 13:00 in Greenwich.
    assert_eq!(sydney.after(at("2026-11-27T15:00:00Z"), SignedDuration::from_hours(1)), at("2026-11-29T14:00:00Z"));
}

#[test]
fn more_time_never_ends_earlier_and_a_later_order_never_before_an_earlier_one() {
    let calendar = office();
    let start = at("2026-12-18T00:00:00Z");
    let order = |hour: i64| start.checked_add(SignedDuration::from_hours(hour)).unwrap();
    for hour in 0..24 * 21 {
        for length in [1, 8, 24, 30, 72] {
            let length = SignedDuration::from_hours(length);
            let end = calendar.after(order(hour), length);
            assert!(end >= order(hour).checked_add(length).unwrap());
            assert!(end <= calendar.after(order(hour + 1), length));
            assert!(end <= calendar.after(order(hour), length + SignedDuration::from_hours(1)));
        }
    }
}

#[test]
fn a_week_in_which_nobody_works_is_no_calendar() {
    assert_eq!(Calendar::new(london(), &[]), None);
}

#[test]
fn where_the_calendar_ends_plain_hours_are_counted() {
    assert_eq!(office().after(Timestamp::MAX, SignedDuration::from_hours(24)), Timestamp::MAX);
    let order = at("9999-12-27T09:00:00Z");
    assert_eq!(office().after(order, SignedDuration::from_hours(70)), at("9999-12-30T07:00:00Z"));
}
