//! URL, envelope, login, session and limits (contracts/peoplevox.md §1, §9).

use bytes::Bytes;
use http::Request;
use jiff::SignedDuration;
use sim_core::{FaultKind, Host as _, effect_log::kind};
use sim_peoplevox::{FieldSet, Options, Refusal};

use crate::harness::{PATH, Sim, quiet, read};

const LOGIN: &str = r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<Authenticate xmlns="http://www.peoplevox.net/"><password>ZGVtby1wYXNzd29yZA==
</password><username>api</username><clientId>demo</clientId></Authenticate></soap:Body></soap:Envelope>"#;

const ACTION: Option<&str> = Some("http://www.peoplevox.net/Authenticate");

#[test]
fn the_reply_to_a_login_is_the_recent_sample_to_the_letter() {
    // §10, in both field sets of §2.2
    let mut sim = Sim::logged_out(quiet());
    let reply = sim.post(PATH, Some("\"http://www.peoplevox.net/Authenticate\""), LOGIN);
    assert_eq!(reply.headers()["content-type"], "text/xml; charset=utf-8");
    let reply = read(&reply);
    assert_eq!((reply.status, reply.id.as_str(), reply.total.as_str()), (200, "0", "1"));
    let session = reply.detail.strip_prefix("demo,").unwrap();
    assert_eq!(session.len(), 36);
    assert!(
        reply.body.ends_with(&format!(
            "<soap:Body><AuthenticateResponse xmlns=\"http://www.peoplevox.net/\"><AuthenticateResult>\
             <ResponseId>0</ResponseId><TotalCount>1</TotalCount><Detail>demo,{session}</Detail><Statuses />\
             <ImportingQueueId>0</ImportingQueueId><SalesOrdersToDespatchIds /><ErrorCode /></AuthenticateResult>\
             </AuthenticateResponse></soap:Body></soap:Envelope>"
        )),
        "{}",
        reply.body
    );
    let mut old = Sim::logged_out(Options { field_set: FieldSet::Y2016, ..quiet() });
    let reply = read(&old.post(PATH, ACTION, LOGIN));
    assert!(reply.body.contains("<Statuses /></AuthenticateResult>"), "{}", reply.body);
}

#[test]
fn paths_ignore_case_and_other_paths_are_not_found() {
    // §1.1
    let mut sim = Sim::logged_out(quiet());
    let path = "/Demo/Resources/IntegrationServicev4.ASMX";
    assert_eq!(read(&sim.post(path, ACTION, LOGIN)).id, "0");
    let absolute = format!("http://wms.example{PATH}");
    assert_eq!(read(&sim.post(&absolute, ACTION, LOGIN)).id, "0");
    for wrong in ["/", "/demo", "/demo/resources/integrationservicev3.asmx", "//resources/integrationservicev4.asmx"] {
        assert_eq!(sim.post(wrong, ACTION, LOGIN).status(), 404, "{wrong}");
    }
}

#[test]
fn a_wrong_user_is_a_business_error_with_status_200() {
    // §1.3
    let mut sim = Sim::logged_out(quiet());
    for (client, user, password) in [
        ("demo", "api", "d3Jvbmc="),
        ("demo", "api", "demo-password"),
        ("demo", "nobody", "ZGVtby1wYXNzd29yZA=="),
        ("other", "api", "ZGVtby1wYXNzd29yZA=="),
    ] {
        let reply = sim.login(client, user, password);
        assert_eq!((reply.status, reply.id.as_str()), (200, "-1"), "{reply:?}");
        assert!(reply.detail.starts_with("Simulator : Security - "), "{}", reply.detail);
    }
}

#[test]
fn the_us_region_takes_plain_passwords_and_betrays_base64_only_later() {
    // §1.3
    let mut sim = Sim::logged_out(Options { password_plain: true, ..quiet() });
    let wrong = sim.login("demo", "api", "ZGVtby1wYXNzd29yZA==");
    assert_eq!(wrong.id, "0");
    sim.session = wrong.detail[5..].to_owned();
    assert_eq!(sim.get("Sites", 1, 0, "").detail, "System : Security - Invalid Session");
    let right = sim.login("demo", "api", "demo-password");
    sim.session = right.detail[5..].to_owned();
    assert_eq!(sim.get("Sites", 1, 0, "").id, "0");
}

#[test]
fn a_session_ends_after_thirty_idle_minutes_and_by_fault() {
    // §1.4: the two exact texts
    let mut sim = Sim::new();
    sim.wait(29);
    assert_eq!(sim.get("Sites", 1, 0, "").id, "0");
    sim.wait(31);
    let reply = sim.get("Sites", 1, 0, "");
    assert_eq!((reply.status, reply.id.as_str(), reply.total.as_str()), (200, "-1", "0"));
    assert_eq!(reply.detail, "System : Security - Session Expired");
    sim.session = "no-such-session".to_owned();
    assert_eq!(sim.get("Sites", 1, 0, "").detail, "System : Security - Invalid Session");

    let mut sim = Sim::new();
    sim.fault(FaultKind::SessionExpired);
    assert_eq!(sim.get("Sites", 1, 0, "").detail, "System : Security - Session Expired");
    sim.host.faults().set(FaultKind::SessionExpired, 0.0);
    assert_eq!(sim.get("Sites", 1, 0, "").detail, "System : Security - Session Expired");
}

#[test]
fn malformed_requests_are_soap_faults_with_status_500() {
    // §1.2
    let mut sim = Sim::new();
    let unknown = LOGIN.replace("Authenticate", "GetDataWithSitesFilters");
    let other = LOGIN.replace("http://www.peoplevox.net/", "urn:other");
    for (action, body) in [
        (ACTION, "<Envelope><Body>"),
        (ACTION, ""),
        (Some("http://www.peoplevox.net/GetDataWithSitesFilters"), unknown.as_str()),
        (ACTION, other.as_str()),
        (Some("http://www.peoplevox.net/GetData"), LOGIN),
        // ASP.NET finds the operation of SOAP 1.1 by this header alone.
        (None, LOGIN),
    ] {
        let reply = sim.post(PATH, action, body);
        let text = String::from_utf8_lossy(reply.body());
        assert_eq!(reply.status(), 500, "{body}");
        assert!(text.contains("<soap:Fault><faultcode>soap:Client</faultcode>"), "{text}");
    }
    for (operation, children) in [
        ("SubscribeEvent", "<eventType>Nope</eventType><callbackUrl>http://h/</callbackUrl>"),
        ("GetData", "<getRequest><PageNo>one</PageNo></getRequest>"),
    ] {
        let reply = sim.call(operation, children);
        assert_eq!(reply.status, 500);
        assert!(reply.body.contains("<soap:Fault><faultcode>soap:Client</faultcode>"), "{}", reply.body);
    }
}

#[test]
fn the_port_for_soap_1_2_answers_in_kind() {
    // §1.2: the WSDL has it, although no client uses it
    let mut sim = Sim::logged_out(quiet());
    let newer = LOGIN.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    let reply = sim.post(PATH, None, &newer);
    assert_eq!(reply.headers()["content-type"], "application/soap+xml; charset=utf-8");
    let reply = read(&reply);
    assert_eq!(reply.id, "0");
    assert!(reply.body.contains("xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\""), "{}", reply.body);
    let reply = sim.post(PATH, ACTION, &newer.replace("Authenticate", "Nope"));
    assert_eq!(reply.status(), 500);
    assert!(String::from_utf8_lossy(reply.body()).contains("<soap:Value>soap:Sender</soap:Value>"));
}

#[test]
fn no_body_makes_the_twin_panic() {
    let mut sim = Sim::new();
    let sound = LOGIN.replace("Authenticate", "SaveData").replace("password", "CsvData");
    for cut in 0..sound.len() {
        if sound.is_char_boundary(cut) {
            sim.post(PATH, None, &sound[..cut]);
            sim.post(PATH, None, &sound[cut..]);
        }
    }
    for method in ["GET", "PUT", "HEAD", "OPTIONS"] {
        let request = Request::builder().method(method).uri(PATH).body(Bytes::new()).unwrap();
        assert!(sim.send(&request).status().as_u16() < 500);
    }
}

#[test]
fn the_wsdl_points_back_to_where_it_was_fetched() {
    let mut sim = Sim::logged_out(quiet());
    let request = Request::get(format!("{PATH}?WSDL")).header("Host", "wms.example:8080").body(Bytes::new()).unwrap();
    let reply = sim.send(&request);
    let text = String::from_utf8_lossy(reply.body()).into_owned();
    assert!(text.contains(&format!("location=\"http://wms.example:8080{PATH}\"")), "{text}");
    assert!(text.contains(&format!("<soap12:address location=\"http://wms.example:8080{PATH}\"/>")), "{text}");
    // §1.4: the id has to be there and may be nil.
    assert!(text.contains(r#"<xs:element name="UserId" type="xs:int" minOccurs="1" nillable="true"/>"#), "{text}");
}

/// §2.2, §5.2: the older service is older everywhere: in what it answers, in what it takes, and in what it describes.
#[test]
fn the_description_is_that_of_the_service_that_answers() {
    let newer = ["DespatchPackageDespatched", "OnDespatchOrderReceived", "encodeParameterData", "ImportingQueueId"];
    for (field_set, has) in [(FieldSet::Recent, true), (FieldSet::Y2016, false)] {
        let mut sim = Sim::with(Options { field_set, ..quiet() });
        let request = Request::get(format!("{PATH}?wsdl")).body(Bytes::new()).unwrap();
        let reply = sim.send(&request);
        let text = String::from_utf8_lossy(reply.body()).into_owned();
        for name in newer {
            assert_eq!(text.contains(name), has, "{name}");
        }
        for name in ["AvailabilityChanges", "IncrementalChanges", "Returns", "GetReportColumns", "postParams"] {
            assert!(text.contains(name), "{name}");
        }
        let subscribed =
            |event: &str| format!("<eventType>{event}</eventType><filter/><callbackUrl>http://h/</callbackUrl>");
        assert_eq!(sim.call("SubscribeEvent", &subscribed("Returns")).status, 200);
        let late = sim.call("SubscribeEvent", &subscribed("DespatchPackageDespatched"));
        assert_eq!(late.status, if has { 200 } else { 500 });
    }
}

#[test]
fn the_sixteenth_call_in_fifteen_seconds_is_refused_in_the_form_that_is_set() {
    // §9: 15 per 15 s; the form of the refusal is a switch
    for (refusal, status) in [(Refusal::Http429, 429), (Refusal::Http503, 503), (Refusal::ResponseId, 200)] {
        let mut sim = Sim::with(Options { limits: true, refusal, ..quiet() });
        for _ in 0..14 {
            assert_eq!(sim.get("Sites", 1, 0, "").id, "0");
        }
        assert!(sim.effects(kind::WINDOW_EXCEEDED).is_empty());
        let reply = sim.post(PATH, ACTION, LOGIN);
        assert_eq!(reply.status(), status);
        assert_eq!(reply.headers().get("retry-after").map(|v| v.to_str().unwrap()), (status != 200).then_some("15"));
        if status == 200 {
            assert_eq!(read(&reply).id, "-1");
        }
        assert_eq!(sim.effects(kind::WINDOW_EXCEEDED).len(), 1);
        sim.now += SignedDuration::from_secs(15);
        assert_eq!(sim.get("Sites", 1, 0, "").id, "0");
    }
}

#[test]
fn a_sparse_reply_leaves_out_what_is_optional_and_empty() {
    let mut sim = Sim::new();
    sim.fault(FaultKind::Sparse);
    let reply = sim.report("Return summary", "", "", "");
    assert!(
        reply.body.contains(
            "<GetReportDataResult><ResponseId>0</ResponseId><TotalCount>0</TotalCount></GetReportDataResult>"
        ),
        "{}",
        reply.body
    );
    assert!(sim.get("Sites", 1, 0, "").detail.contains("PrimarySite"));
}
