//! Countries by code and by name: some channels say ISO 3166-1 alpha-3, people write names, the hub keeps alpha-2.

/// Alpha-3, alpha-2 and the English name of the countries that British and European sellers commonly ship to.
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("GBR", "GB", "United Kingdom"),
    ("IRL", "IE", "Ireland"),
    ("JEY", "JE", "Jersey"),
    ("GGY", "GG", "Guernsey"),
    ("IMN", "IM", "Isle of Man"),
    ("GIB", "GI", "Gibraltar"),
    ("FRA", "FR", "France"),
    ("DEU", "DE", "Germany"),
    ("ESP", "ES", "Spain"),
    ("PRT", "PT", "Portugal"),
    ("ITA", "IT", "Italy"),
    ("NLD", "NL", "Netherlands"),
    ("BEL", "BE", "Belgium"),
    ("LUX", "LU", "Luxembourg"),
    ("AUT", "AT", "Austria"),
    ("CHE", "CH", "Switzerland"),
    ("LIE", "LI", "Liechtenstein"),
    ("MCO", "MC", "Monaco"),
    ("AND", "AD", "Andorra"),
    ("DNK", "DK", "Denmark"),
    ("SWE", "SE", "Sweden"),
    ("NOR", "NO", "Norway"),
    ("FIN", "FI", "Finland"),
    ("ISL", "IS", "Iceland"),
    ("EST", "EE", "Estonia"),
    ("LVA", "LV", "Latvia"),
    ("LTU", "LT", "Lithuania"),
    ("POL", "PL", "Poland"),
    ("CZE", "CZ", "Czechia"),
    ("SVK", "SK", "Slovakia"),
    ("HUN", "HU", "Hungary"),
    ("SVN", "SI", "Slovenia"),
    ("HRV", "HR", "Croatia"),
    ("ROU", "RO", "Romania"),
    ("BGR", "BG", "Bulgaria"),
    ("GRC", "GR", "Greece"),
    ("CYP", "CY", "Cyprus"),
    ("MLT", "MT", "Malta"),
    ("TUR", "TR", "Turkey"),
    ("UKR", "UA", "Ukraine"),
    ("SRB", "RS", "Serbia"),
    ("USA", "US", "United States"),
    ("CAN", "CA", "Canada"),
    ("MEX", "MX", "Mexico"),
    ("BRA", "BR", "Brazil"),
    ("AUS", "AU", "Australia"),
    ("NZL", "NZ", "New Zealand"),
    ("JPN", "JP", "Japan"),
    ("KOR", "KR", "South Korea"),
    ("CHN", "CN", "China"),
    ("HKG", "HK", "Hong Kong"),
    ("SGP", "SG", "Singapore"),
    ("IND", "IN", "India"),
    ("ARE", "AE", "United Arab Emirates"),
    ("SAU", "SA", "Saudi Arabia"),
    ("QAT", "QA", "Qatar"),
    ("KWT", "KW", "Kuwait"),
    ("ISR", "IL", "Israel"),
    ("ZAF", "ZA", "South Africa"),
];

/// What people call the United Kingdom besides its name.
const BRITISH: &[&str] = &["uk", "great britain", "britain", "england", "scotland", "wales", "northern ireland"];

/// Alpha-2 code and English name of an alpha-3 code; `None` for a code that is not listed. An alpha-2 code, which some
/// integrations put there, is understood too.
#[must_use]
pub fn country(code: &str) -> Option<(&'static str, &'static str)> {
    let code = code.trim().to_ascii_uppercase();
    COUNTRIES.iter().find(|(three, two, _)| *three == code || *two == code).map(|(_, two, name)| (*two, *name))
}

/// Alpha-2 code and English name of a country as a person writes it: its code, its English name, or a common name of the
/// United Kingdom; `None` for what is not listed.
#[must_use]
pub fn country_named(text: &str) -> Option<(&'static str, &'static str)> {
    let plain = text.trim().to_lowercase();
    if BRITISH.contains(&plain.as_str()) {
        return country("GB");
    }
    let by_name = COUNTRIES.iter().find(|(.., name)| name.to_lowercase() == plain);
    by_name.map(|(_, two, name)| (*two, *name)).or_else(|| country(&plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_are_translated_and_unknown_ones_are_not_guessed() {
        assert_eq!(country("GBR"), Some(("GB", "United Kingdom")));
        assert_eq!(country("irl"), Some(("IE", "Ireland")));
        assert_eq!(country("DE"), Some(("DE", "Germany")));
        for unknown in ["", "XXX", "UK", "GBRX"] {
            assert_eq!(country(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_person_may_write_a_country_by_name_or_code() {
        let britain = Some(("GB", "United Kingdom"));
        for text in ["United Kingdom", " united kingdom ", "UK", "gb", "GBR", "Scotland"] {
            assert_eq!(country_named(text), britain, "{text}");
        }
        assert_eq!(country_named("Ireland"), Some(("IE", "Ireland")));
        for unknown in ["", "Untied Kingdom", "Atlantis"] {
            assert_eq!(country_named(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_table_has_no_code_twice() {
        let distinct = |mut codes: Vec<&str>| {
            codes.sort_unstable();
            codes.dedup();
            codes.len()
        };
        assert_eq!(distinct(COUNTRIES.iter().map(|row| row.0).collect()), COUNTRIES.len());
        assert_eq!(distinct(COUNTRIES.iter().map(|row| row.1).collect()), COUNTRIES.len());
        assert!(COUNTRIES.iter().all(|row| row.0.len() == 3 && row.1.len() == 2 && !row.2.is_empty()));
    }
}
