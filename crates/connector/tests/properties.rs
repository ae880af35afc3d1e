//! What holds for every request, reply and stored operation (`reliability.md` §4, T9).

use bytes::Bytes;
use crossdock_connector::{Operation, Reply, RequestBuilder, Stage, StockLine};
use jiff::Timestamp;
use prop_kit::{cases, python, sample, text};
use proptest::prelude::*;
use serde_json::json;

fn reply(body: Vec<u8>) -> Reply {
    Reply { response: http::Response::new(Bytes::from(body)), at: Timestamp::UNIX_EPOCH }
}

/// The address that a request with these parameters goes to.
fn address(pairs: &[(String, String)]) -> String {
    let builder = pairs.iter().fold(RequestBuilder::new(http::Method::GET, "/api/orders"), |builder, (name, value)| {
        builder.query(name, value)
    });
    builder.body("").unwrap().uri().to_string()
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn prop_a_query_holds_nothing_but_its_own_parameters(pairs in prop::collection::vec((text(), text()), 0..5)) {
        let address = address(&pairs);
        prop_assert_eq!(address.matches('&').count(), pairs.len().saturating_sub(1));
        prop_assert_eq!(address.matches('=').count(), pairs.len());
        prop_assert!(address.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/?&=%-._~".contains(&byte)), "{}", address);
    }

    #[test]
    fn prop_a_header_that_http_cannot_carry_is_refused(value in text()) {
        let request = RequestBuilder::new(http::Method::GET, "/").header("x-note", value.clone()).body("");
        prop_assert_eq!(request.is_ok(), http::HeaderValue::from_str(&value).is_ok());
        if let Ok(request) = request {
            prop_assert!(!value.contains(['\r', '\n', '\0']));
            prop_assert_eq!(request.headers()["x-note"].as_bytes(), value.as_bytes());
        }
    }

    #[test]
    fn prop_an_excerpt_of_any_bytes_is_short_and_on_one_line(
        body in prop_oneof![prop::collection::vec(any::<u8>(), 0..2_000), prop::collection::vec(text(), 0..80).prop_map(|texts| texts.concat().into_bytes())],
    ) {
        let excerpt = reply(body.clone()).excerpt();
        prop_assert!(excerpt.chars().count() <= 300 && !excerpt.chars().any(char::is_control));
        let _ = reply(body).is_html();
    }

    #[test]
    fn prop_a_wait_is_between_nothing_and_a_day(given in prop_oneof![text(), "[ ]?[+-]?[0-9]{1,20}[ ]?"]) {
        let Ok(value) = http::HeaderValue::from_str(&given) else { return Ok(()) };
        let response = http::Response::builder().status(429).header("retry-after", value).body(Bytes::new()).unwrap();
        let wait = Reply { response, at: Timestamp::UNIX_EPOCH }.retry_after();
        let meant = given.trim().parse::<i64>().ok().filter(|seconds| (0..=86_400).contains(seconds));
        prop_assert_eq!(wait.map(|wait| wait.as_secs()), meant);
    }

    /// R8: what is sent again is what was sent. The operation is stored as text and read back for every try.
    #[test]
    fn prop_r8_an_operation_is_stored_as_it_was_planned(lines in prop::collection::vec((text(), text(), any::<i64>()), 0..5), order in text(), secret in text()) {
        let lines: Vec<StockLine> = lines.into_iter().map(|(listing, sku, quantity)| StockLine { listing, sku, quantity }).collect();
        for operation in [
            Operation::SetStock { lines: lines.clone() },
            Operation::AcceptOrder { order_id: order.clone(), lines: lines.iter().map(|line| line.sku.clone()).collect() },
            Operation::Watch { event: crossdock_connector::WatchedEvent::Order, url: order.clone(), secret },
        ] {
            let stored = serde_json::to_string(&operation).unwrap();
            let read: Operation = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&read, &operation);
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), stored, "the same bytes, try after try");
        }
        let stage = Stage::stored(order);
        prop_assert_eq!(serde_json::from_str::<Stage>(&serde_json::to_string(&stage).unwrap()).unwrap(), stage);
    }
}

/// Python reads from each address exactly the parameters that were meant.
#[test]
fn prop_python_reads_the_queries_that_are_written() {
    let queries = sample(&prop::collection::vec((text(), text()), 1..5), 300);
    let addresses: Vec<String> = queries.iter().map(|pairs| address(pairs)).collect();
    let script = "import urllib.parse
return [urllib.parse.parse_qsl(urllib.parse.urlsplit(text).query, keep_blank_values=True, errors='strict') for text in given]";
    let read = python(script, &json!(addresses));
    for (pairs, read) in queries.iter().zip(read.as_array().unwrap()) {
        assert_eq!(read, &json!(pairs));
    }
}
