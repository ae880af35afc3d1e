//! Reading: what a reply to one SOAP call is worth.
//!
//! Peoplevox says nearly everything at HTTP 200 (`contracts/peoplevox.md §1.2`), so the status alone decides nothing. This
//! module sorts a reply into four kinds and reads elements by local name only. It knows no template and no business.

use crossdock_connector::{Failure, Reply};
use crossdock_planted::{self as planted, Bug};
use jiff::SignedDuration;
use quick_xml::events::Event;

use crate::soap::Op;
use crate::values::excerpt;

/// Deeper nesting than this is no answer of this service: a real one has seven levels.
const MAX_DEPTH: usize = 32;
/// A page of a thousand report rows is well under a megabyte; this leaves room for a whole table in one reply.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// One row of `Statuses` (`contracts/peoplevox.md §2.2`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowStatus {
    /// The key of the row that was imported.
    pub(crate) reference: String,
    /// `Success` or `Error`, or a word that this version does not know.
    pub(crate) status: String,
}

/// An `IntegrationResponse` (`contracts/peoplevox.md §2.2`); elements that are not listed here are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Response {
    /// 0 is success, everything else an error.
    pub(crate) id: i64,
    /// Rows over all pages, or rows imported.
    pub(crate) total: i64,
    /// CSV, an id, or the error text.
    pub(crate) detail: String,
    /// One entry per imported row.
    pub(crate) statuses: Vec<RowStatus>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// A whole, well-formed `IntegrationResponse` of the operation that was called, good or bad.
    Response(Response),
    /// The session has ended or was never good: the call was refused before anything was done.
    SessionGone,
    /// HTTP 429.
    Throttled(Option<SignedDuration>),
    /// HTTP 503 with `Retry-After`. A look simply waits as long. A write is in doubt all the same: what answers 503 may be a
    /// gateway in front of a server that carried the call out (fault F12).
    Busy(SignedDuration),
    /// Anything else: nobody can tell whether the call was carried out. The text says what came instead.
    Garbled(String),
}

impl Answer {
    /// The successful response, or why a *look* or *read* has to be tried again. Never use this for a write.
    pub(crate) fn into_success(self) -> Result<Response, Failure> {
        match self {
            Self::Response(response) if response.id == 0 => Ok(response),
            Self::Response(response) => {
                Err(Failure::Retry(format!("Peoplevox answered with an error: {}", excerpt(&response.detail))))
            }
            Self::SessionGone => Err(Failure::Reauth),
            Self::Throttled(after) => Err(Failure::Throttled(after)),
            Self::Busy(after) => Err(Failure::Throttled(Some(after))),
            Self::Garbled(what) => Err(Failure::Retry(what)),
        }
    }
}

/// Sorts a reply to `op`.
pub(crate) fn read(reply: &Reply, op: Op) -> Answer {
    let status = reply.status();
    if status == 429 {
        return Answer::Throttled(reply.retry_after());
    }
    if status == 503
        && let Some(after) = reply.retry_after()
    {
        return Answer::Busy(after);
    }
    if reply.is_html() && planted::on(Bug::GarbageIsSuccess) {
        return Answer::Response(Response::default());
    }
    if reply.is_html() {
        return Answer::Garbled(format!("HTTP {status} with a web page instead of an answer: {}", reply.excerpt()));
    }
    match parse(reply.body(), op) {
        Ok(Parsed::Response(response)) if (200..300).contains(&status) => {
            if is_session_refusal(&response) {
                Answer::SessionGone
            } else {
                Answer::Response(response)
            }
        }
        Ok(Parsed::Response(_)) => Answer::Garbled(format!("HTTP {status} around an answer")),
        Ok(Parsed::Fault(text)) => Answer::Garbled(format!("HTTP {status} with a SOAP fault: {}", excerpt(&text))),
        // The body is not quoted: half an answer may hold half an address.
        Err(problem) => Answer::Garbled(format!("HTTP {status} with an unreadable body: {problem}")),
    }
}

/// Whether a response says that the session is gone (`contracts/peoplevox.md §1.4`). What stands around the two messages
/// is not compared, as clients in production do not either; but a response that counts or names rows has got past the
/// session, whatever its text says.
fn is_session_refusal(response: &Response) -> bool {
    if response.id == 0 || response.total > 0 || !response.statuses.is_empty() {
        return false;
    }
    let detail = response.detail.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    detail.contains("invalid session") || detail.contains("session expired")
}

enum Parsed {
    Response(Response),
    Fault(String),
}

/// Reads an envelope. The error text is ours and holds nothing of the body.
fn parse(body: &[u8], op: Op) -> Result<Parsed, &'static str> {
    if body.len() > MAX_BODY {
        return Err("it is too large");
    }
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    let text = text.trim_start_matches('\u{FEFF}').trim();
    if text.is_empty() {
        return Err("it is empty");
    }
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut found = Found::new(op);
    let mut path: Vec<String> = Vec::new();
    let mut leaf = String::new();
    let mut root_closed = false;
    loop {
        match reader.read_event().map_err(|_| "it is not well-formed XML")? {
            Event::Start(start) => {
                if path.len() >= MAX_DEPTH {
                    return Err("it is nested too deeply");
                }
                if root_closed {
                    return Err("it has more than one root element");
                }
                let name = start.local_name();
                path.push(name.as_ref().to_owned());
                found.open(&path)?;
                leaf.clear();
            }
            Event::End(_) => {
                found.close(&path, &leaf)?;
                leaf.clear();
                path.pop();
                root_closed = path.is_empty();
            }
            // Text arrives in pieces, split at every entity; the pieces are joined here.
            Event::Text(piece) => leaf.push_str(&piece.xml10_content()),
            Event::CData(piece) => leaf.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => leaf.push(resolve(&reference)?),
            // A document type could define entities of its own; no SOAP message has one.
            Event::DocType(_) => return Err("it has a document type declaration"),
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Empty(_) => {}
        }
    }
    if !root_closed {
        return Err("it ends in the middle");
    }
    found.finish()
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Result<char, &'static str> {
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        return Ok(c);
    }
    match reference.xml10_content().as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err("it uses an undefined entity"),
    }
}

/// Collects the fields of one result while the document passes by.
struct Found {
    response_element: String,
    result_element: String,
    seen_result: bool,
    response_id: Option<i64>,
    total: Option<i64>,
    detail: Option<String>,
    statuses: Vec<RowStatus>,
    row: RowStatus,
    fault: Option<String>,
}

impl Found {
    fn new(op: Op) -> Self {
        Self {
            response_element: format!("{}Response", op.name()),
            result_element: format!("{}Result", op.name()),
            seen_result: false,
            response_id: None,
            total: None,
            detail: None,
            statuses: Vec::new(),
            row: RowStatus::default(),
            fault: None,
        }
    }

    /// The path below the result, when the path is in the result of the operation that was called.
    fn below<'p>(&self, path: &'p [String]) -> Option<&'p [String]> {
        match path {
            [envelope, body, response, result, rest @ ..]
                if envelope == "Envelope"
                    && body == "Body"
                    && *response == self.response_element
                    && *result == self.result_element =>
            {
                Some(rest)
            }
            _ => None,
        }
    }

    fn open(&mut self, path: &[String]) -> Result<(), &'static str> {
        match self.below(path) {
            Some([]) => {
                if std::mem::replace(&mut self.seen_result, true) {
                    return Err("it holds two results");
                }
            }
            Some([statuses, _row]) if statuses == "Statuses" => self.row = RowStatus::default(),
            Some(_) => {}
            None => {
                if matches!(path, [envelope, body, fault] if envelope == "Envelope" && body == "Body" && fault == "Fault")
                {
                    self.fault = Some(String::new());
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, path: &[String], text: &str) -> Result<(), &'static str> {
        let Some(below) = self.below(path) else {
            // SOAP 1.1 has `faultstring`, SOAP 1.2 has `Reason/Text`; both are for people only.
            if let (Some(fault), Some(leaf)) = (self.fault.as_mut(), path.last())
                && (leaf == "faultstring" || leaf == "Text")
            {
                text.clone_into(fault);
            }
            return Ok(());
        };
        match below {
            [field] if field == "ResponseId" => once(&mut self.response_id, number(text)?)?,
            [field] if field == "TotalCount" => once(&mut self.total, number(text)?)?,
            [field] if field == "Detail" => once(&mut self.detail, text.to_owned())?,
            // A `nil` row says nothing about any row of ours.
            [statuses, row]
                if statuses == "Statuses" && row == "IntegrationStatusResponse" && self.row != RowStatus::default() =>
            {
                self.statuses.push(std::mem::take(&mut self.row));
            }
            [statuses, _, field] if statuses == "Statuses" && field == "Reference" => {
                text.trim().clone_into(&mut self.row.reference);
            }
            [statuses, _, field] if statuses == "Statuses" && field == "Status" => {
                text.trim().clone_into(&mut self.row.status);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Parsed, &'static str> {
        if let Some(fault) = self.fault {
            return Ok(Parsed::Fault(fault));
        }
        if !self.seen_result {
            return Err("it is not the answer to this call");
        }
        let id = self.response_id.ok_or("it has no ResponseId")?;
        // The WSDL asks for TotalCount always; a missing one is read as "not said".
        let total = self.total.unwrap_or(0);
        let detail = self.detail.unwrap_or_default();
        Ok(Parsed::Response(Response { id, total, detail, statuses: self.statuses }))
    }
}

fn number(text: &str) -> Result<i64, &'static str> {
    text.trim().parse().map_err(|_| "a count in it is not a whole number")
}

/// Keeps a value that may be said once. An answer that says it twice may mean either.
fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), &'static str> {
    if slot.replace(value).is_some() { Err("it says the same thing twice") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{envelope, reply, reply_at, result, with_rows};

    fn answer(status: u16, body: &str) -> Answer {
        read(&reply_at(status, body), Op::GetData)
    }

    #[test]
    fn detail_is_joined_over_entities_and_cdata() {
        let body = envelope(
            "GetData",
            "<ResponseId>0</ResponseId><TotalCount>1</TotalCount><Detail>a &amp; b&#10;&quot;Zo\u{eb}&quot;<![CDATA[ <c>]]></Detail><Statuses />",
        );
        let Answer::Response(response) = answer(200, &body) else { panic!() };
        assert_eq!(response.detail, "a & b\n\"Zoë\" <c>");
        assert_eq!(response.total, 1);
    }

    /// `contracts/peoplevox.md §2.2`: newer servers add three elements; any number more may follow.
    #[test]
    fn unknown_elements_prefixes_and_statuses_with_more_fields_are_read() {
        let body = r#"<?xml version="1.0"?><!-- hi --><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><x/></s:Header>
          <s:Body><p:GetDataResponse xmlns:p="http://www.peoplevox.net/"><p:GetDataResult><p:New><p:Detail>not this</p:Detail></p:New><p:ResponseId>-1</p:ResponseId>
          <p:TotalCount>1</p:TotalCount><p:Detail>bad row</p:Detail><p:Statuses><p:IntegrationStatusResponse><p:Reference>SO-1</p:Reference><p:Status>Success</p:Status><p:Message>m</p:Message></p:IntegrationStatusResponse>
          <p:IntegrationStatusResponse p:nil="true"/></p:Statuses><p:ErrorCode/></p:GetDataResult></p:GetDataResponse></s:Body></s:Envelope>"#;
        let Answer::Response(response) = answer(200, body) else { panic!() };
        assert_eq!(response.detail, "bad row");
        assert_eq!(response.statuses, [RowStatus { reference: "SO-1".into(), status: "Success".into() }]);
    }

    #[test]
    fn both_session_texts_end_the_session_in_any_case_and_company() {
        for text in [
            "System : Security - Invalid Session",
            "system : security - session  EXPIRED\n",
            "Security - Invalid session. Please log in (node 3).",
        ] {
            assert_eq!(answer(200, &result("GetData", -1, 0, text)), Answer::SessionGone);
            assert_eq!(answer(200, &result("GetData", -1, -1, text)), Answer::SessionGone);
            assert!(matches!(answer(200, &result("GetData", 0, 1, text)), Answer::Response(_)), "data is data");
            assert!(matches!(answer(200, &result("GetData", -1, 1, text)), Answer::Response(_)), "rows were stored");
            let named = with_rows("GetData", -1, 0, text, &[("SO-1", "Error")]);
            assert!(matches!(answer(200, &named), Answer::Response(_)), "a row was refused");
        }
        assert!(matches!(answer(200, &result("GetData", -1, 0, "Session table full")), Answer::Response(_)));
    }

    #[test]
    fn an_answer_that_says_a_thing_twice_says_nothing() {
        let one = "<ResponseId>0</ResponseId><TotalCount>1</TotalCount><Detail>a</Detail>";
        assert!(matches!(answer(200, &envelope("GetData", one)), Answer::Response(_)));
        for twice in ["<ResponseId>-1</ResponseId>", "<TotalCount>1</TotalCount>", "<Detail>b</Detail>", "<Detail/>"] {
            let body = envelope("GetData", &format!("{one}{twice}"));
            assert!(matches!(answer(200, &body), Answer::Garbled(_)), "{twice}");
        }
        let results = envelope("GetData", &format!("{one}</GetDataResult><GetDataResult>{one}"));
        assert!(matches!(answer(200, &results), Answer::Garbled(_)));
    }

    #[test]
    fn what_is_no_answer_is_told_apart_from_a_refusal() {
        let good = result("GetData", 0, 0, "");
        let cut = &good[..good.len() - 20];
        let dtd = format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{good}");
        let deep = "<a>".repeat(100);
        let fault = "<soap:Envelope xmlns:soap=\"s\"><soap:Body><soap:Fault><faultcode>soap:Client</faultcode><faultstring>Server did not recognise &lt;x&gt;</faultstring></soap:Fault></soap:Body></soap:Envelope>";
        for (status, body) in [
            (200, "<!DOCTYPE html><html>Sorry</html>"),
            (200, ""),
            (200, "{}"),
            (200, cut),
            (200, dtd.as_str()),
            (200, deep.as_str()),
            (200, fault),
            (500, fault),
            (503, good.as_str()),
            (404, "not found"),
            (200, &result("SaveData", 0, 0, "")),
            (200, &good.replace("<ResponseId>0</ResponseId>", "")),
            (200, &good.replace("<ResponseId>0</ResponseId>", "<ResponseId>zero</ResponseId>")),
            (200, &good.replace("<Detail></Detail>", "<Detail>&evil;</Detail>")),
        ] {
            assert!(matches!(answer(status, body), Answer::Garbled(_)), "{status} {body}");
        }
        let Answer::Garbled(text) = answer(500, fault) else { panic!() };
        assert!(text.contains("did not recognise <x>"), "{text}");
    }

    #[test]
    fn throttling_says_how_long() {
        let at = |status: u16| {
            let mut reply = reply_at(status, "");
            reply.response.headers_mut().insert("retry-after", "7".parse().unwrap());
            read(&reply, Op::GetData)
        };
        let seven = SignedDuration::from_secs(7);
        assert_eq!(at(429), Answer::Throttled(Some(seven)));
        assert_eq!(at(503), Answer::Busy(seven));
        assert_eq!(at(503).into_success(), Err(Failure::Throttled(Some(seven))), "a look waits as long as it is told");
        assert!(matches!(at(502), Answer::Garbled(_)));
        assert!(matches!(answer(503, ""), Answer::Garbled(_)), "a 503 that says nothing is like any other");
    }

    #[test]
    fn no_cut_and_no_bent_byte_makes_it_panic_or_believe_a_cut_answer() {
        let good = result("GetData", 0, 1, "\"SalesOrderNumber\"\n\"SO-1 & Zoë\"\n");
        for cut in 0..good.len() {
            let bytes = good.as_bytes()[..cut].to_vec();
            let answer = read(&reply(bytes), Op::GetData);
            assert!(!matches!(answer, Answer::Response(_)), "cut at {cut}");
        }
        for at in 0..good.len() {
            let mut bytes = good.as_bytes().to_vec();
            bytes[at] ^= 0x15;
            let _ = read(&reply(bytes), Op::GetData);
        }
    }
}
