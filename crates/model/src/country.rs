//! Countries: Mirakl says ISO 3166-1 alpha-3 (`contracts/john-lewis.md §2.2`), the hub alpha-2.

/// Alpha-3, alpha-2 and the English name of the countries that this platform's operators commonly ship to.
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

/// Alpha-2 code and English name of an alpha-3 code; `None` for a code that is not listed. An alpha-2 code, which some
/// integrations put there, is understood too.
pub(crate) fn country(code: &str) -> Option<(&'static str, &'static str)> {
    let code = code.trim().to_ascii_uppercase();
    COUNTRIES.iter().find(|(three, two, _)| *three == code || *two == code).map(|(_, two, name)| (*two, *name))
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
