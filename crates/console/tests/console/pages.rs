//! What every page promises: it opens, it carries the headers that guard it, and no remote's text becomes markup.

use http::StatusCode;

use crate::asking::Console;
use crate::hostile_desk::{EVIL, FORMULA, HostileDesk, NAME};

const PAGES: [&str; 14] = [
    "/",
    "/orders",
    "/orders?state=held&channel=john-lewis&due_within_hours=4&text=JL&page=2",
    "/orders?cause=sku.unknown",
    "/exceptions",
    "/stock",
    "/stock?only=differ",
    "/despatch",
    "/despatch?open=1",
    "/connections",
    "/causes",
    "/causes/sku.unknown",
    "/find?q=two",
    "/help",
];

/// The page of the order whose number is a formula with a slash in it.
const ORDER: &str = "/orders/%3DHYPERLINK%28%22x%22%29%2F1";

#[tokio::test]
async fn every_page_opens_and_is_guarded_by_its_headers() {
    let console = Console::open();
    for path in PAGES.into_iter().chain([ORDER]) {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{path}");
        for part in ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {part}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn no_text_from_outside_becomes_markup() {
    let console = Console::open();
    let revealed = format!("{ORDER}?reveal=1");
    let pages = PAGES.into_iter().chain([ORDER, revealed.as_str(), "/find?q=%3Cscript%3E", "/orders/%3Cscript%3E"]);
    for path in pages {
        let body = console.get(path).await.body;
        assert!(!body.contains("<script>"), "{path}");
        assert!(!body.contains(EVIL), "{path}");
        // Inline code of any kind would need a hole in the policy.
        for inline in [" onclick=", " onload=", " style=", "javascript:", "<style"] {
            assert!(!body.contains(inline), "{path}: {inline}");
        }
        // Nothing is fetched from anywhere else.
        for address in ["https://", "http://", "src=\"//", "href=\"//"] {
            assert!(!body.contains(address), "{path}: {address}");
        }
    }
}

#[tokio::test]
async fn a_customer_is_under_cover_until_asked_for() {
    let console = Console::open();
    for path in [ORDER.to_owned(), format!("/api{ORDER}")] {
        let covered = console.get(&path).await.body;
        for secret in [NAME, "Canary", "zoe.canary", "4960812", "Marigold", "4AP"] {
            assert!(!covered.contains(secret), "{path}: {secret}");
        }
        let shown = console.get(&format!("{path}?reveal=1")).await.body;
        for fact in [NAME, "zoe.canary@example.com", "14 Marigold Court", "LS1 4AP"] {
            assert!(shown.contains(fact), "{path}: {fact}");
        }
    }
}

#[tokio::test]
async fn the_sentence_leads_the_order_page_and_names_how_many_others_wait() {
    let body = Console::open().get(ORDER).await.body;
    assert!(body.contains("14 other orders wait on the same cause"));
    assert!(body.contains("/orders?cause=sku.unknown"));
    assert!(body.contains("Mon 13 Jul 2026, 08:24:00 BST"));
}

#[tokio::test]
async fn each_cause_leads_to_its_page_in_the_run_book() {
    let console = Console::open();
    for path in [ORDER, "/exceptions"] {
        let body = console.get(path).await.body;
        assert!(body.contains("href=\"/causes/sku.unknown\">Run-book: unknown SKU"), "{path}");
    }
    let list = console.get("/causes").await.body;
    assert!(list.contains("<a href=\"/causes/connection.auth\">The credentials were refused</a>"), "{list}");
    let page = console.get("/causes/sku.unknown").await.body;
    assert!(page.contains("<h2>What to do</h2>") && page.contains("Merchandising owns this"), "{page}");
    assert!(page.contains("/orders?cause=sku.unknown"), "what waits for it now");
    let unknown = console.get("/causes/%3Cscript%3E").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains("This version knows no cause") && !unknown.body.contains("<script>"));
}

#[tokio::test]
async fn an_id_that_the_hub_never_saw_gets_a_true_sentence_and_not_a_blank() {
    let console = Console::open();
    let answer = console.get("/orders/NOPE-1").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("No order is known as"));
    assert!(answer.body.contains("&#60;script&#62;alert(1)") || answer.body.contains("&lt;script&gt;alert(1)"));
    let missing = console.get("/no/such/page").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.body.contains("There is no page at this address"));
}

#[tokio::test]
async fn search_goes_straight_to_the_only_match_and_lists_several() {
    let console = Console::open();
    let one = console.get("/find?q=one").await;
    assert_eq!(one.status, StatusCode::SEE_OTHER);
    assert_eq!(one.header("location"), ORDER);
    let two = console.get("/find?q=two").await;
    assert!(two.body.contains("/orders/JL%2F2%20B"));
    let list = console.get("/find?q=two,unseen").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.body.contains("1 of 2 ids not found"));
    let none = console.get("/find?q=unseen").await;
    assert!(none.body.contains("Nothing is known under this id."));
    assert_eq!(console.get("/find?q=").await.header("location"), "/orders");
}

#[tokio::test]
async fn the_address_holds_the_whole_filter() {
    let console = Console::open();
    let body = console.get("/orders?state=held&channel=john-lewis&due_within_hours=4&text=JL").await.body;
    {
        let filters = console.desk.filters.lock().unwrap();
        let asked = filters.iter().find(|filter| filter.text.is_some()).unwrap();
        assert_eq!(asked.state.as_deref(), Some("held"));
        assert_eq!(asked.channel.as_deref(), Some("john-lewis"));
        assert_eq!(asked.due_within_hours, Some(4));
    }
    assert!(body.contains("/orders?state=cancelled&#38;channel=john-lewis&#38;due_within_hours=4&#38;text=JL"));
}

#[tokio::test]
async fn an_empty_hub_teaches_what_will_come() {
    let console = Console::new(
        HostileDesk { empty: true, ..HostileDesk::default() },
        crossdock_console::ConsoleSettings::default(),
    );
    for (path, words) in [
        ("/", "The hub has not heard from anybody yet."),
        ("/orders", "No orders yet."),
        ("/orders?state=held", "Nothing is held"),
        ("/exceptions", "Nothing waits for a person."),
        ("/stock", "No stock seen yet."),
        ("/stock?only=differ", "Every marketplace shows what was sent."),
        ("/despatch", "Nothing has left the building yet."),
        ("/despatch?open=1", "All confirmed."),
        ("/connections", "No connection is set up."),
    ] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.body.contains(words), "{path}");
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_said_in_a_sentence() {
    let console = Console::new(
        HostileDesk { down: true, ..HostileDesk::default() },
        crossdock_console::ConsoleSettings::default(),
    );
    for path in ["/", "/orders", "/exceptions", "/nowhere"] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.body.contains("the database did not answer: disk full"), "{path}");
    }
    let api = console.get("/api/today").await;
    assert_eq!(api.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(api.body.starts_with("{\"error\":"));
    assert_eq!(console.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn style_and_script_are_kept_for_a_year_under_a_name_that_changes() {
    let console = Console::open();
    let body = console.get("/").await.body;
    let mut seen = 0;
    for part in body.split(['"']).filter(|part| part.starts_with("/assets/")) {
        let answer = console.get(part).await;
        assert_eq!(answer.status, StatusCode::OK, "{part}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        seen += 1;
    }
    assert_eq!(seen, 4);
    assert_eq!(console.get("/assets/console-000000000000.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_table_is_a_file_that_no_spreadsheet_runs() {
    let console = Console::open();
    for path in ["/orders", "/exceptions", "/stock", "/despatch", "/connections", "/causes"] {
        let answer = console.get(&format!("{path}?format=csv")).await;
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8", "{path}");
        assert!(answer.header("content-disposition").starts_with("attachment; filename=\"crossdock-"), "{path}");
        let text = answer.body.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert!(!rows.is_empty(), "{path}");
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '@', '\t']), "{path}: {cell}");
        }
        if !["/connections", "/causes"].contains(&path) {
            let guarded = format!("'{FORMULA}");
            assert!(rows.iter().flatten().any(|cell| cell == guarded), "{path}");
        }
    }
}

#[tokio::test]
async fn the_same_views_are_json() {
    let console = Console::open();
    for path in [
        "/api/today",
        "/api/orders?state=held",
        "/api/orders?q=two",
        "/api/why/X",
        "/api/exceptions",
        "/api/stock",
        "/api/despatch",
        "/api/connections",
    ] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_ok(), "{path}");
    }
    let unseen = console.get("/api/orders/NOPE").await;
    assert_eq!(unseen.status, StatusCode::NOT_FOUND);
    assert!(unseen.body.contains("\"known\":false"));
    assert_eq!(console.get("/api/nothing").await.status, StatusCode::NOT_FOUND);
}
