//! Who gets in and what gets done: acts, hosts, the token, webhooks, live updates.

use axum::body::Body;
use crossdock_console::ConsoleSettings;
use crossdock_desk::Act;
use http::{Request, StatusCode};

use crate::asking::Console;
use crate::hostile_desk::HostileDesk;

const MAP: &str = "act=map_sku&connection=john-lewis&sku=JL-88213-NVY&item=TWL-NVY&back=%2Fexceptions";

fn guarded() -> Console {
    let settings =
        ConsoleSettings { hosts: vec!["hub.example.com".to_owned()], token: Some("correct horse battery".into()) };
    Console::new(HostileDesk::default(), settings)
}

#[tokio::test]
async fn mapping_a_sku_reaches_the_desk_and_says_what_it_did() {
    let console = Console::open();
    let answer = console.post_form("/act", MAP).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/exceptions");
    let expected =
        Act::MapSku { connection: "john-lewis".to_owned(), sku: "JL-88213-NVY".to_owned(), item: "TWL-NVY".to_owned() };
    assert_eq!(*console.desk.acts.lock().unwrap(), [expected]);
    // The page that follows says it once.
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    let request =
        Request::get("/exceptions").header("host", "localhost").header("cookie", cookie).body(Body::empty()).unwrap();
    let next = console.send(request).await;
    assert!(next.body.contains("Mapped. 15 orders go on."));
    assert!(next.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn the_script_sends_the_same_form_and_hears_the_sentence() {
    let console = Console::open();
    let ask = |form: &'static str| {
        Request::post("/act")
            .header("host", "localhost:7070")
            .header("origin", "http://localhost:7070")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap()
    };
    let done = console.send(ask(MAP)).await;
    assert_eq!((done.status, done.body.as_str()), (StatusCode::OK, r#"{"sentence":"Mapped. 15 orders go on."}"#));
    let refused = console.send(ask("act=reconnect&connection=peoplevox")).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("still refused"));
}

#[tokio::test]
async fn an_incomplete_form_never_reaches_the_desk() {
    let console = Console::open();
    for form in ["", "act=map_sku&connection=a&sku=b&item=", "act=set_buffer&connection=a&units=-2", "act=nonsense"] {
        let answer = console.post_form("/act", form).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{form}");
        assert!(answer.header("set-cookie").starts_with("crossdock_said=refused~"), "{form}");
        assert_eq!(answer.header("location"), "/", "{form}");
    }
    assert!(console.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_api_takes_one_act_as_json() {
    let console = Console::open();
    let request = Request::post("/api/act")
        .header("host", "127.0.0.1:7070")
        .header("content-type", "application/json")
        .body(Body::from(r#"{"act":"set_buffer","connection":"john-lewis","units":2}"#))
        .unwrap();
    assert_eq!(console.send(request).await.status, StatusCode::OK);
    assert!(matches!(console.desk.acts.lock().unwrap().as_slice(), [Act::SetBuffer { units: 2, .. }]));
}

#[tokio::test]
async fn a_form_on_another_site_does_nothing() {
    let console = Console::open();
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("x-nothing", "neither header"),
    ] {
        let request = Request::post("/act")
            .header("host", "localhost:7070")
            .header(name, value)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(MAP))
            .unwrap();
        assert_eq!(console.send(request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(console.desk.acts.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_foreign_host_name_is_refused_so_that_rebinding_gains_nothing() {
    let console = guarded();
    for host in ["evil.example", "127.0.0.1.evil.example:7070", "10.0.0.7"] {
        let request = Request::get("/api/orders").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(console.send(request).await.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
    }
    let nameless = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(console.send(nameless).await.status, StatusCode::BAD_REQUEST);
    for host in ["hub.example.com", "localhost:1", "[::1]:7070"] {
        let request = Request::get("/healthz").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(console.send(request).await.status, StatusCode::OK, "{host}");
    }
    let named = Request::get("/help").header("host", "hub.example.com").body(Body::empty()).unwrap();
    assert_eq!(console.send(named).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_guards_pages_api_and_acts() {
    let console = guarded();
    for path in ["/", "/orders/1", "/api/today", "/live", "/nowhere", "/orders?format=csv"] {
        let answer = console.get(path).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(!answer.body.contains("held"), "{path}");
    }
    assert_eq!(console.post_form("/act", MAP).await.status, StatusCode::UNAUTHORIZED);
    assert!(console.desk.acts.lock().unwrap().is_empty());

    let wrong = console.post_form("/sign-in", "token=wrong&back=%2Fstock").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.body.contains("That is not the token."));
    assert_eq!(wrong.header("set-cookie"), "");

    let right = console.post_form("/sign-in", "token=correct+horse+battery&back=%2Fstock").await;
    assert_eq!((right.status, right.header("location")), (StatusCode::SEE_OTHER, "/stock"));
    let set = right.header("set-cookie");
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"));
    assert!(!set.contains("horse"), "the cookie must not tell the token");
    let cookie = set.split(';').next().unwrap();
    let request = Request::get("/stock").header("host", "localhost").header("cookie", cookie).body(Body::empty());
    let inside = console.send(request.unwrap()).await;
    assert_eq!(inside.status, StatusCode::OK);
    assert!(!inside.body.contains("no users yet"));

    let request = Request::get("/api/today").header("host", "localhost");
    let bearer = request.header("authorization", "Bearer correct horse battery").body(Body::empty()).unwrap();
    assert_eq!(console.send(bearer).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_followed_from_a_mail_asks_again_as_the_console_itself() {
    let console = guarded();
    let from = |site: &'static str| {
        Request::get("/orders").header("host", "localhost").header("sec-fetch-site", site).body(Body::empty()).unwrap()
    };
    let followed = console.send(from("cross-site")).await;
    assert!(followed.body.contains("http-equiv=\"refresh\""));
    assert_eq!(console.send(from("same-origin")).await.status, StatusCode::UNAUTHORIZED, "and not for ever");
}

#[tokio::test]
async fn signing_in_never_leads_to_another_site() {
    let console = guarded();
    let answer = console.post_form("/sign-in", "token=correct+horse+battery&back=%2F%2Fevil.example").await;
    assert_eq!(answer.header("location"), "/");
}

#[tokio::test]
async fn without_a_token_every_page_says_that_it_is_for_loopback_only() {
    assert!(Console::open().get("/").await.body.contains("no users yet: loopback only"));
}

#[tokio::test]
async fn a_webhook_hears_only_200_404_or_503() {
    // contracts/marketplacer.md §6.3: one 4xx switches a webhook off, so only an unknown subscription is told 404.
    let console = guarded();
    for (event, expected) in [("200", 200), ("404", 404), ("503", 503), ("400", 503), ("500", 503), ("202", 503)] {
        for method in ["GET", "POST"] {
            let request = Request::builder()
                .method(method)
                .uri(format!("/in/marketplacer/{event}/s3cret?x=1"))
                .header("host", "hooks.public.example")
                .header("origin", "https://elsewhere.example")
                .body(Body::from("{}"))
                .unwrap();
            let answer = console.send(request).await;
            assert_eq!(answer.status.as_u16(), expected, "{method} {event}");
            assert_eq!(answer.body, "", "only the status goes back");
        }
    }
    let came = console.door.0.lock().unwrap();
    assert_eq!(came[1], ("POST marketplacer".to_owned(), "s3cret".to_owned(), "x=1".to_owned(), 2));
}

#[tokio::test]
async fn a_delivery_beyond_ten_mebibytes_is_to_be_tried_again() {
    let console = Console::open();
    let send = |bytes: usize| {
        Request::post("/in/marketplacer/200/t").header("host", "h").body(Body::from(vec![b'x'; bytes])).unwrap()
    };
    assert_eq!(console.send(send(10 * 1024 * 1024)).await.status, StatusCode::OK);
    assert_eq!(console.send(send(10 * 1024 * 1024 + 1)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(console.door.0.lock().unwrap().len(), 1);
}
