//! What holds for every form and page that a client may send or ask for.

use prop_kit::{cases, text};
use proptest::prelude::*;

use crate::multipart::{boundary, parts};
use crate::paging::OffsetPage;

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_a_form_gives_back_the_file_that_went_in(content in prop::collection::vec(prop_oneof![text(), Just("\r\n".to_owned()), Just("--".to_owned())], 0..8), mark in "[A-Za-z0-9]{6,20}") {
        let content = content.concat();
        prop_assume!(!content.contains(&mark));
        let body = format!("--{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"s.csv\"\r\n\r\n{content}\r\n--{mark}--\r\n");
        let read = boundary(&format!("multipart/form-data; boundary={mark}")).unwrap();
        let parts = parts(body.as_bytes(), &read);
        prop_assert_eq!(parts.as_ref().map(Vec::len), Some(1));
        prop_assert_eq!(parts.unwrap()[0].content, content.as_bytes());
    }

    #[test]
    fn prop_no_form_panics(body in prop::collection::vec(prop_oneof![text(), Just("--b".to_owned()), Just("\r\n".to_owned()), Just("name=\"file\"".to_owned())], 0..12), content_type in text()) {
        let body = body.concat();
        let _ = parts(body.as_bytes(), "b");
        let _ = boundary(&content_type);
        let _ = boundary(&format!("multipart/form-data; {content_type}"));
    }

    #[test]
    fn prop_every_row_is_on_one_page(total in 0_usize..300, size in 1_usize..120) {
        let mut seen = Vec::new();
        let mut offset = 0;
        loop {
            let query = vec![("max".to_owned(), size.to_string()), ("offset".to_owned(), offset.to_string())];
            let page = OffsetPage::read(&query).unwrap();
            prop_assert_eq!(page.max, size.min(100));
            let rows = (page.offset..total).take(page.max);
            seen.extend(rows);
            offset += page.max;
            let more = page.link("http://x", "/api/orders", &query, total).is_some_and(|link| link.contains("rel=\"next\""));
            prop_assert_eq!(more, offset < total);
            if !more {
                break;
            }
        }
        prop_assert_eq!(seen, (0..total).collect::<Vec<_>>());
    }
}
