//! What holds for every SKU, reply and row (`reliability.md` §4, T9). Python's `csv` reads the stock file and writes the
//! error report, as a second opinion.

use crossdock_connector::{Connector, Failure, Operation, Outcome, Page, Read, StageKind, StockLine};
use prop_kit::{cases, line, python, sample, text, word};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::kit::{
    Work, acceptance, answer, at, connector, despatch, one, order, orders, parcel, reply, request, session,
};

fn figures() -> impl Strategy<Value = Vec<(String, i64)>> {
    let sku = prop_oneof![3 => word(), 1 => line().prop_map(|text| format!("S{text}"))];
    let figure = (sku.prop_map(|sku| sku.trim().to_owned()), prop_oneof![4 => 0_i64..500, 1 => any::<i64>()]);
    prop::collection::btree_map(figure.0, figure.1, 1..6).prop_map(|map| map.into_iter().collect())
}

fn push(figures: &[(String, i64)]) -> Operation {
    let line =
        |(sku, quantity): &(String, i64)| StockLine { listing: sku.clone(), sku: sku.clone(), quantity: *quantity };
    Operation::SetStock { lines: figures.iter().map(line).collect() }
}

/// The file inside the form of an upload.
fn file(body: &str, content_type: &str) -> String {
    let boundary = content_type.split("boundary=").nth(1).unwrap();
    let (head, rest) = body.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("--{boundary}\r\n")));
    rest.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap().to_owned()
}

fn uploaded(figures: &[(String, i64)]) -> String {
    let work = Work::new(push(figures), "upload", Value::Null);
    let (_, _, content_type, body) = request(&connector(json!({})), &[&work], &session(&[]));
    file(&body, &content_type)
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn prop_a_stock_file_names_each_offer_once_and_no_figure_below_nothing(figures in figures()) {
        let file = uploaded(&figures);
        prop_assert_eq!(file.lines().count(), figures.len() + 1);
        for (row, (sku, quantity)) in file.lines().skip(1).zip(&figures) {
            prop_assert_eq!(row, format!("\"{}\";\"{}\";\"\";\"\"", sku.replace('"', "\"\""), quantity.max(&0)));
        }
        prop_assert_eq!(uploaded(&figures), file, "equal work gives equal bytes");
    }

    /// F18: one outcome for each shipment, whatever ST01 names, leaves out or names twice, in any order.
    #[test]
    fn prop_f18_shipments_in_any_order_give_each_order_one_outcome(
        (made, turned) in prop::collection::vec(0_usize..4, 0..5).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        failed in prop::collection::vec(0_usize..4, 0..3),
    ) {
        let ids = ["1-A", "2-A", "3-A", "X-A"];
        let connector = connector(json!({ "shipments": "multi" }));
        let works: Vec<Work> = ids[..3].iter().map(|id| Work::new(despatch(parcel(id, &[("L", 1)])), "st01", Value::Null)).collect();
        let judged = |made: &[usize]| {
            let rows: Vec<Value> = made.iter().map(|place| json!({ "order_id": ids[*place], "id": format!("s-{place}") })).collect();
            let errors: Vec<Value> = failed.iter().map(|place| json!({ "order_id": ids[*place], "message": "no" })).collect();
            let reply = answer(&json!({ "shipment_success": rows, "shipment_errors": errors }));
            let steps: Vec<_> = works.iter().map(Work::step).collect();
            connector.interpret(&steps, &session(&[("multi_shipment", "true")]), &reply)
        };
        let outcomes = judged(&made);
        prop_assert_eq!(outcomes.len(), 3);
        prop_assert_eq!(&outcomes, &judged(&turned));
        for (place, outcome) in outcomes.iter().enumerate() {
            let (ok, no) = (made.contains(&place), failed.contains(&place));
            match outcome {
                Outcome::Next { note, .. } if ok && !no => prop_assert_eq!(&note["shipment_id"], &json!(format!("s-{place}"))),
                // A refusal is looked at before it is believed.
                Outcome::Next { stage, .. } => prop_assert!(no && !ok && stage.as_str() == "st11"),
                Outcome::Unknown(_) => prop_assert_eq!(ok, no, "named by both or by neither"),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    /// F13: whatever text comes back, a write is never done by it, a look never undone, and every step has its outcome.
    #[test]
    fn prop_f13_no_text_at_all_is_a_success(status in prop::sample::select(vec![200_u16, 201, 204, 400, 404, 409, 429, 500, 503]), body in text()) {
        let connector = connector(json!({}));
        for (operation, stages) in [
            (acceptance("1-A"), &["look", "accept", "confirm"][..]),
            (despatch(parcel("1-A", &[("L", 1)])), &["look", "track", "ship", "st11", "st01", "st23", "st24"][..]),
        ] {
            for stage in stages {
                let work = Work::new(operation.clone(), stage, json!({ "shipment_id": "s-1" }));
                let kind = connector.stage_kind(&work.operation, &work.stage);
                match (kind, one(&connector, &work, &reply(status, body.clone()))) {
                    (_, Outcome::Done(_)) => prop_assert!(false, "{} is done by {:?}", stage, body),
                    (StageKind::Look, Outcome::Unknown(_)) => prop_assert!(false, "{} cannot be unknown", stage),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn prop_an_order_is_shown_whole_or_not_at_all(field in 0_usize..40, wrong in text()) {
        let mut document = order("1-A", "SHIPPING");
        let names: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
        let name = &names[field % names.len()];
        document[name.as_str()] = json!(wrong);
        let read = Read::Orders { since: at("2026-11-23T00:00:00Z"), page: Page::first() };
        let good = order("2-A", "SHIPPING");
        let seen = connector(json!({})).interpret_read(&read, &session(&[]), &orders(&[document, good]));
        // The one beside it is shown in any case.
        let seen = format!("{:?}", seen.unwrap().observations);
        prop_assert!(seen.contains("2-A"));
    }

    #[test]
    fn prop_ids_of_orders_never_break_out_of_an_address(id in text()) {
        let connector = connector(json!({}));
        for stage in ["track", "ship"] {
            let work = Work::new(despatch(parcel(&id, &[("L", 1)])), stage, Value::Null);
            if let Ok(call) = connector.plan(&[work.step()], &session(&[])) {
                let path = call.request.uri().path();
                let inside = path.strip_prefix("/api/orders/").and_then(|rest| rest.rsplit_once('/')).unwrap().0;
                prop_assert!(inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)), "{}", path);
                prop_assert!(inside != "." && inside != "..", "{}", path);
                prop_assert_eq!(call.request.uri().query(), None);
            }
        }
    }

    #[test]
    fn prop_a_remote_that_asks_to_wait_is_waited_for(seconds in prop_oneof![text(), "[0-9]{1,8}"]) {
        let response = http::Response::builder().status(429).header("retry-after", "1").body(bytes::Bytes::new()).unwrap();
        let mut reply = crossdock_connector::Reply { response, at: at("2026-11-23T12:00:00Z") };
        let Ok(value) = http::HeaderValue::from_str(&seconds) else { return Ok(()) };
        reply.response.headers_mut().insert("retry-after", value);
        let work = Work::new(acceptance("1-A"), "accept", Value::Null);
        match one(&connector(json!({})), &work, &reply) {
            Outcome::NotDone(Failure::Throttled(Some(wait))) => prop_assert!((0..=86_400).contains(&wait.as_secs())),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

/// Python reads each stock file as it was meant.
#[test]
fn prop_python_reads_the_stock_files_that_are_written() {
    let pushes = sample(&figures(), 200);
    let files: Vec<String> = pushes.iter().map(|figures| uploaded(figures)).collect();
    let script =
        "return [list(csv.DictReader(io.StringIO(text, newline=''), delimiter=';', strict=True)) for text in given]";
    let read = python(script, &json!(files));
    for (figures, rows) in pushes.iter().zip(read.as_array().unwrap()) {
        let expected: Vec<Value> = figures
            .iter()
            .map(|(sku, quantity)| {
                json!({ "offer-sku": sku, "quantity": quantity.max(&0).to_string(), "warehouse-code": "", "update-delete": "" })
            })
            .collect();
        assert_eq!(rows, &json!(expected));
    }
}

/// An error report that Python writes names exactly the offers that it is about.
#[test]
fn prop_error_reports_that_python_writes_name_the_refused_offers() {
    let pushes = sample(&figures(), 200);
    let script = "out = []
for place, figures in enumerate(given):
    text = io.StringIO(newline='')
    writer = csv.writer(text, delimiter=';' if place % 2 else ',', quoting=csv.QUOTE_ALL if place % 3 else csv.QUOTE_MINIMAL)
    writer.writerow(['error-line', 'error-message', 'offer-sku', 'quantity'])
    for line, (sku, quantity) in enumerate(figures):
        if line % 2 == 0:
            writer.writerow([line + 2, 'No; such, \"offer\"', sku, quantity])
    out.append(text.getvalue())
return out";
    let reports = python(script, &json!(pushes));
    let connector = connector(json!({}));
    for (figures, report) in pushes.iter().zip(reports.as_array().unwrap()) {
        let work = Work::new(push(figures), "report", json!({ "import_id": "7" }));
        let outcome = one(&connector, &work, &reply(200, report.as_str().unwrap().to_owned()));
        let Outcome::Done(evidence) = outcome else { panic!("{outcome:?}: {report}") };
        let named: Vec<&str> =
            evidence.facts["errors"].as_array().unwrap().iter().map(|error| error["sku"].as_str().unwrap()).collect();
        let refused: Vec<&str> = figures.iter().step_by(2).map(|(sku, _)| sku.as_str()).collect();
        assert_eq!(named, refused, "{report}");
    }
}
