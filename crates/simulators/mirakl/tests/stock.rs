//! Offers and stock files (contracts/john-lewis.md §2.5).

mod support;

use serde_json::json;
use sim_core::{FaultKind, Host};
use sim_mirakl::Options;
use support::{Reply, Shop, options};

fn status(shop: &mut Shop, import: &Reply) -> serde_json::Value {
    let id = import.json["import_id"].as_str().unwrap();
    shop.get(&format!("/api/offers/stock/imports/{id}/status")).json
}

fn errors(shop: &mut Shop, import: &Reply) -> Reply {
    let id = import.json["import_id"].as_str().unwrap();
    shop.get(&format!("/api/offers/stock/imports/{id}/error_report"))
}

#[test]
fn a_stock_file_waits_runs_and_completes() {
    let mut shop = Shop::quiet();
    let (a, b) = (shop.sku(0), shop.sku(1));
    let import = shop.upload(&format!(
        "\"offer-sku\";\"quantity\";\"warehouse-code\";\"update-delete\"\r\n\"{a}\";\"17\";\"\";\"\"\r\n\"{b}\";\"0\";\"\";\"update\""
    ));
    let id = import.json["import_id"].as_str().unwrap();
    assert_eq!(import.status, 201);
    assert_eq!(import.header("location"), format!("https://marketplace.example/api/offers/stock/imports/{id}/status"));
    assert_eq!(status(&mut shop, &import)["status"], "WAITING");
    shop.wait(5);
    assert_eq!(status(&mut shop, &import)["status"], "RUNNING");
    assert_ne!(shop.stock(&a), 17);
    shop.wait(10);
    assert_eq!(
        status(&mut shop, &import),
        json!({
            "import_id": id, "shop_id": 2001, "status": "COMPLETE", "date_created": "2026-11-23T06:00:00Z",
            "has_error_report": false, "lines_in_success": 2, "lines_in_error": 0,
        })
    );
    assert_eq!((shop.stock(&a), shop.stock(&b)), (17, 0));
    let set = shop.effects("stock_set");
    assert_eq!(set.len(), 2);
    assert_eq!((set[0].object.as_str(), &set[0].data), (a.as_str(), &json!({ "quantity": 17, "import": id })));
    assert_eq!(errors(&mut shop, &import).status, 404, "there is no report");
    let offer = shop.get(&format!("/api/offers?sku={b}")).json["offers"][0].clone();
    assert_eq!((&offer["active"], &offer["inactivity_reasons"]), (&json!(false), &json!(["ZERO_QUANTITY"])));
}

#[test]
fn wrong_lines_are_reported_and_the_others_count() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    let import = shop.upload(&format!(
        "offer-sku,quantity,warehouse-code,update-delete\n{sku},5,,\nNO-SUCH,1,,\n{sku},minus,,\n{sku},1,ELSEWHERE,\n{sku},2,,maybe\n"
    ));
    shop.wait(15);
    let status = status(&mut shop, &import);
    assert_eq!(
        (&status["status"], &status["lines_in_success"], &status["lines_in_error"], &status["has_error_report"]),
        (&json!("COMPLETE"), &json!(1), &json!(4), &json!(true))
    );
    assert_eq!(shop.stock(&sku), 5);
    let report = errors(&mut shop, &import);
    assert_eq!((report.status, report.header("content-type")), (200, "text/csv;charset=UTF-8"));
    assert_eq!(
        report.text.lines().take(3).collect::<Vec<_>>(),
        [
            "\"line-number\",\"error-message\",\"offer-sku\",\"quantity\",\"warehouse-code\",\"update-delete\"",
            "\"3\",\"The offer does not exist\",\"NO-SUCH\",\"1\",\"\",\"\"",
            &format!("\"4\",\"The quantity is not valid\",\"{sku}\",\"minus\",\"\",\"\""),
        ]
    );
}

#[test]
fn the_same_file_twice_is_two_imports() {
    let mut shop = Shop::quiet();
    let file = "offer-sku;quantity\nX;1\n";
    let (first, second) = (shop.upload(file), shop.upload(file));
    assert_ne!(first.json["import_id"], second.json["import_id"]);
}

#[test]
fn what_is_no_form_or_no_stock_file_is_refused_or_fails() {
    let mut shop = Shop::quiet();
    assert_eq!(shop.send("POST", "/api/offers/stock/imports", &json!({})).status, 415);
    let headers = [("authorization", "mirakl-demo-key"), ("content-type", "multipart/form-data; boundary=b0")];
    let post = |shop: &mut Shop, body: &str| {
        shop.request("POST", "/api/offers/stock/imports", &headers, body.as_bytes()).status
    };
    assert_eq!(post(&mut shop, "offer-sku;quantity"), 400);
    let other = "--b0\r\nContent-Disposition: form-data; name=\"csv\"\r\n\r\nx\r\n--b0--";
    assert_eq!(post(&mut shop, other), 400);
    let import = shop.upload("sku;stock\nX;1\n");
    assert_eq!(import.status, 201);
    shop.wait(15);
    assert_eq!(status(&mut shop, &import)["status"], "FAILED");
    assert_eq!(shop.get("/api/offers/stock/imports/none/status").status, 404);
    assert_eq!(shop.get("/api/offers/stock/imports/none/error_report").status, 404);
}

#[test]
fn warehouses_add_up_and_a_global_figure_replaces_them() {
    let mut shop = Shop::with(Options { warehouses: vec!["NORTH".into(), "SOUTH".into()], ..options() }, 0);
    let sku = shop.sku(0);
    shop.upload(&format!("offer-sku;quantity;warehouse-code\n{sku};4;NORTH\n{sku};3;SOUTH\n"));
    shop.wait(15);
    assert_eq!(shop.stock(&sku), 7);
    shop.upload(&format!("offer-sku;quantity;warehouse-code;update-delete\n{sku};;SOUTH;delete\n"));
    shop.wait(15);
    assert_eq!(shop.stock(&sku), 4);
    let offer = shop.get("/api/offers/2000").json;
    assert_eq!(offer["warehouses"], json!([{ "code": "NORTH", "quantity": 4 }]));
    shop.upload(&format!("offer-sku;quantity\n{sku};9\n"));
    shop.wait(15);
    assert_eq!(shop.stock(&sku), 9);
}

#[test]
fn an_ignored_or_disconnected_import_looks_like_success() {
    for fault in [true, false] {
        let mut shop = Shop::quiet();
        let sku = shop.sku(0);
        let before = shop.stock(&sku);
        if fault {
            shop.host.faults().set(FaultKind::StockIgnored, 1.0);
        } else {
            shop.control("connection", &json!({ "active": false })).unwrap();
        }
        let import = shop.upload(&format!("offer-sku;quantity\n{sku};99\n"));
        shop.wait(15);
        let status = status(&mut shop, &import);
        assert_eq!(
            (&status["status"], &status["lines_in_success"], &status["has_error_report"]),
            (&json!("COMPLETE"), &json!(1), &json!(false))
        );
        assert_eq!(shop.stock(&sku), before);
        assert_eq!(shop.effects("stock_ignored").len(), 1);
        assert!(shop.effects("stock_set").is_empty());
    }
}

#[test]
fn offers_are_listed_shown_and_counted() {
    let mut shop = Shop::quiet();
    let list = shop.get("/api/offers?max=100");
    let offers = list.json["offers"].as_array().unwrap().clone();
    assert_eq!(json!(offers.len()), list.json["total_count"]);
    assert!(offers.iter().any(|offer| offer["shop_sku"] == "KIT-001"));
    let sold_out = offers.iter().filter(|offer| offer["active"] == false).count();
    assert!((1..=3).contains(&sold_out), "{sold_out}");
    let second = shop.get("/api/offers?max=2&offset=2");
    assert_eq!(second.json["offers"][0], offers[2]);
    assert!(second.header("link").contains("max=2&offset=0>; rel=\"previous\""));
    let offer = shop.get("/api/offers/2000").json;
    assert!(offers.contains(&offer), "OF22 shows what OF21 lists");
    let quantity = shop.get("/api/offers/2000/quantity").json;
    assert_eq!(quantity, json!({ "offer_id": 2000, "quantity": offer["quantity"] }));
    assert_eq!(shop.get("/api/offers/1").status, 404);
    assert_eq!(shop.get("/api/offers/first").status, 400);
    assert_eq!(shop.get("/api/offers?sku=none").json["total_count"], 0);
    assert_eq!(shop.get("/api/offers?favorite=true").json["total_count"], 0);
}

#[test]
fn a_suspended_shop_sells_nothing_and_says_so() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    assert!(shop.control("shop", &json!({ "state": "ASLEEP" })).is_err());
    shop.control("shop", &json!({ "state": "SUSPENDED" })).unwrap();
    assert_eq!(shop.get("/api/account").json["shop_state"], "SUSPENDED");
    let placed = shop.control("orders", &json!({ "lines": [{ "sku": sku }] })).unwrap();
    assert_eq!(placed["placed"], false);
    assert_eq!(shop.effects("sale_refused")[0].data, json!({ "sku": sku, "quantity": 1 }));
    let offer = shop.get("/api/offers/2000").json;
    assert_eq!(offer["inactivity_reasons"], json!(["SHOP_NOT_OPEN"]));
    assert_eq!(shop.get("/api/offers/2000/quantity").json["quantity"], 0);
}

#[test]
fn offers_are_sorted_as_documented_and_otherwise_refused() {
    let mut shop = Shop::quiet();
    let offers = |shop: &mut Shop, query: &str| -> Vec<(String, f64)> {
        let reply = shop.get(&format!("/api/offers?max=100{query}"));
        assert_eq!(reply.status, 200, "{query}: {}", reply.text);
        let offers = reply.json["offers"].as_array().unwrap().clone();
        let of = |offer: &serde_json::Value| {
            (offer["product_title"].as_str().unwrap().to_owned(), offer["total_price"].as_f64().unwrap())
        };
        offers.iter().map(of).collect()
    };
    let by_price = offers(&mut shop, "");
    assert!(by_price.windows(2).all(|pair| pair[0].1 <= pair[1].1), "the default is by total price");
    assert_eq!(offers(&mut shop, "&sort=price&order=asc"), by_price);
    let by_title = offers(&mut shop, "&sort=productTitle");
    assert!(by_title.windows(2).all(|pair| pair[0] <= pair[1]));
    let mut backwards = offers(&mut shop, "&sort=productTitle&order=desc");
    backwards.reverse();
    assert_eq!(backwards, by_title);
    for wrong in ["sort=shopSku", "sort=dateCreated", "order=up"] {
        assert_eq!(shop.get(&format!("/api/offers?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn an_offer_that_is_taken_off_is_gone_everywhere() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    let order = shop.ready(&[1]);
    let before = shop.get("/api/offers").json["total_count"].as_u64().unwrap();
    let id = shop.get(&format!("/api/offers?sku={sku}")).json["offers"][0]["offer_id"].clone();
    shop.control("listing", &json!({ "sku": sku, "listed": false })).unwrap();
    assert_eq!(shop.get("/api/offers").json["total_count"], before - 1);
    assert_eq!(shop.get(&format!("/api/offers/{id}")).status, 404);
    assert_eq!(shop.host.state()["stock"].get(&sku), None);
    assert_eq!(shop.control("orders", &json!({ "lines": [{ "sku": sku }] })).unwrap()["placed"], false);
    let file = format!("offer-sku;quantity\n{sku};9\n");
    let import = shop.upload(&file);
    shop.wait(15);
    assert_eq!(status(&mut shop, &import)["lines_in_error"], 1);
    let shown = shop.get(&format!("/api/orders/{order}")).json;
    assert_eq!(shown["order_lines"][0]["offer_sku"], sku, "orders still name it");
    shop.control("listing", &json!({ "sku": sku, "listed": true })).unwrap();
    shop.upload(&file);
    shop.wait(15);
    assert_eq!(shop.stock(&sku), 9);
    assert!(shop.control("listing", &json!({ "sku": "none", "listed": true })).is_err());
}

#[test]
fn an_error_report_is_csv_and_nothing_else() {
    let mut shop = Shop::quiet();
    let import = shop.upload("offer-sku;quantity\nNO-SUCH;1\n");
    shop.wait(15);
    let path = format!("/api/offers/stock/imports/{}/error_report", import.json["import_id"].as_str().unwrap());
    let ask = |shop: &mut Shop, accept: &str| {
        shop.request("GET", &path, &[("authorization", "mirakl-demo-key"), ("accept", accept)], b"").status
    };
    for fits in ["text/csv", "text/*", "*/*", "text/csv, */*;q=0.1", "application/json, text/csv;q=0.5"] {
        assert_eq!(ask(&mut shop, fits), 200, "{fits}");
    }
    for other in ["application/json", "text/html", "text/csv;q=0", "application/*"] {
        assert_eq!(ask(&mut shop, other), 406, "{other}");
    }
    assert_eq!(errors(&mut shop, &import).status, 200, "without the header everything is admitted");
}

#[test]
fn imports_can_be_stuck_and_reports_be_missing() {
    let mut shop = Shop::quiet();
    let sku = shop.sku(0);
    shop.control("imports", &json!({ "stuck": true, "reports": false })).unwrap();
    let import = shop.upload(&format!("offer-sku;quantity\n{sku};7\nNO-SUCH;1\n"));
    shop.wait(3_600);
    assert_eq!(status(&mut shop, &import)["status"], "WAITING");
    shop.control("imports", &json!({ "stuck": false })).unwrap();
    shop.wait(60);
    assert_eq!(status(&mut shop, &import)["status"], "COMPLETE");
    assert_eq!((shop.stock(&sku), &status(&mut shop, &import)["has_error_report"]), (7, &json!(true)));
    assert_eq!(errors(&mut shop, &import).status, 404);
    shop.control("imports", &json!({ "reports": true })).unwrap();
    assert_eq!(errors(&mut shop, &import).status, 200);
    assert!(shop.control("imports", &json!({ "stuck": "yes" })).is_err());
}
