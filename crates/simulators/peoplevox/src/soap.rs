//! SOAP 1.1 in and out: the envelope, and nothing of what the operations mean (contracts/peoplevox.md §1.2).

use std::collections::HashMap;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::Event;

/// One call: the operation, its leaf values by local name (at any depth, in any order), and the session header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub operation: String,
    pub session: String,
    args: HashMap<String, String>,
}

impl Call {
    /// A text argument; absent and nil are the empty text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.args.get(name).map_or("", String::as_str)
    }

    /// An `int` argument; absent and empty are 0, anything else that is no number is a fault.
    pub(crate) fn int(&self, name: &str) -> Result<i32, String> {
        let text = self.text(name).trim();
        if text.is_empty() {
            return Ok(0);
        }
        text.parse().map_err(|_| format!("Simulator: <{name}> wants an int, not '{text}'"))
    }

    /// A `boolean` argument; absent and empty are false.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, String> {
        match self.text(name).trim() {
            "" | "false" | "0" => Ok(false),
            "true" | "1" => Ok(true),
            other => Err(format!("Simulator: <{name}> wants a boolean, not '{other}'")),
        }
    }
}

/// Reads an envelope. `Err` is the text of a SOAP fault.
pub(crate) fn read(body: &[u8]) -> Result<Call, String> {
    let text = std::str::from_utf8(body).map_err(|_| "Simulator: the request is not UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut call = Call::default();
    let mut path: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut saw_envelope = false;
    loop {
        let event = reader.read_event().map_err(|error| format!("Simulator: malformed XML: {error}"))?;
        match event {
            Event::Start(start) => {
                path.push(local(start.local_name().as_ref()));
                value.clear();
                saw_envelope |= opened(&mut call, &path)?;
            }
            Event::Empty(start) => {
                path.push(local(start.local_name().as_ref()));
                saw_envelope |= opened(&mut call, &path)?;
                closed(&mut call, &path, String::new());
                path.pop();
                value.clear();
            }
            Event::End(_) => {
                closed(&mut call, &path, std::mem::take(&mut value));
                path.pop();
            }
            Event::Text(text) => value.push_str(&text.xml10_content()),
            Event::CData(data) => value.push_str(&data.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => value.push(c),
                Ok(None) => value.push_str(match &*reference {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    other => return Err(format!("Simulator: malformed XML: unknown entity '{other}'")),
                }),
                Err(error) => return Err(format!("Simulator: malformed XML: {error}")),
            },
            Event::DocType(_) => return Err("Simulator: a DOCTYPE is not allowed in SOAP".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    if !path.is_empty() || !saw_envelope {
        return Err("Simulator: malformed XML: no complete soap:Envelope".to_owned());
    }
    if call.operation.is_empty() {
        return Err("Simulator: the soap:Body is empty".to_owned());
    }
    Ok(call)
}

/// Local names only: prefixes are the client's business.
fn local(name: impl AsRef<str>) -> String {
    name.as_ref().to_owned()
}

fn opened(call: &mut Call, path: &[String]) -> Result<bool, String> {
    match path {
        [root] if root == "Envelope" => return Ok(true),
        [root] => return Err(format!("Simulator: <{root}> is not a soap:Envelope")),
        [_, body, operation] if body == "Body" && call.operation.is_empty() => call.operation.clone_from(operation),
        _ if path.len() > 32 => return Err("Simulator: the envelope is nested too deeply".to_owned()),
        _ => {}
    }
    Ok(false)
}

fn closed(call: &mut Call, path: &[String], value: String) {
    match path {
        [_, header, .., leaf] if header == "Header" && leaf == "SessionId" => {
            value.trim().clone_into(&mut call.session);
        }
        [_, body, _, .., leaf] if body == "Body" && path.len() > 3 => {
            call.args.entry(leaf.clone()).or_insert(value);
        }
        _ => {}
    }
}

/// The outcome of one imported row (§2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowStatus {
    pub reference: String,
    pub ok: bool,
}

/// An `IntegrationResponse`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub failed: bool,
    pub total: i64,
    pub detail: String,
    pub statuses: Vec<RowStatus>,
}

impl Outcome {
    /// A success.
    pub(crate) fn ok(total: i64, detail: impl Into<String>) -> Self {
        Self { failed: false, total, detail: detail.into(), statuses: Vec::new() }
    }

    /// A business error: HTTP 200 with `ResponseId` −1.
    pub(crate) fn error(detail: impl Into<String>) -> Self {
        Self { failed: true, total: 0, detail: detail.into(), statuses: Vec::new() }
    }
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body>";
const TAIL: &str = "</soap:Body></soap:Envelope>";

/// Which elements of a reply are written beyond those that it cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elements {
    /// With the three newer fields (§2.2).
    Recent,
    /// Ends after Statuses.
    Old,
    /// Optional elements without content are left out.
    Sparse,
}

/// Writes the reply of an operation.
pub(crate) fn write(operation: &str, outcome: &Outcome, elements: Elements) -> String {
    let mut out = String::with_capacity(HEAD.len() + outcome.detail.len() + 512);
    out.push_str(HEAD);
    let id = if outcome.failed { -1 } else { 0 };
    let _ = write!(
        out,
        "<{operation}Response xmlns=\"{}\"><{operation}Result><ResponseId>{id}</ResponseId><TotalCount>{}</TotalCount>",
        crate::wsdl::NAMESPACE,
        outcome.total
    );
    let sparse = elements == Elements::Sparse;
    if !sparse || !outcome.detail.is_empty() {
        element(&mut out, "Detail", &outcome.detail);
    }
    if outcome.statuses.is_empty() {
        out.push_str(if sparse { "" } else { "<Statuses />" });
    } else {
        out.push_str("<Statuses>");
        for row in &outcome.statuses {
            out.push_str("<IntegrationStatusResponse>");
            element(&mut out, "Reference", &row.reference);
            element(&mut out, "Status", if row.ok { "Success" } else { "Error" });
            out.push_str("</IntegrationStatusResponse>");
        }
        out.push_str("</Statuses>");
    }
    if elements == Elements::Recent {
        out.push_str("<ImportingQueueId>0</ImportingQueueId><SalesOrdersToDespatchIds /><ErrorCode />");
    }
    let _ = write!(out, "</{operation}Result></{operation}Response>");
    out.push_str(TAIL);
    out
}

/// Writes a fault. Goes out with HTTP 500.
pub(crate) fn fault(text: &str) -> String {
    let mut out = String::from(HEAD);
    out.push_str("<soap:Fault><faultcode>soap:Client</faultcode><faultstring>");
    escape(&mut out, text);
    out.push_str("</faultstring><detail /></soap:Fault>");
    out.push_str(TAIL);
    out
}

fn element(out: &mut String, name: &str, text: &str) {
    if text.is_empty() {
        let _ = write!(out, "<{name} />");
        return;
    }
    let _ = write!(out, "<{name}>");
    escape(out, text);
    let _ = write!(out, "</{name}>");
}

/// Escapes element text. A carriage return must be a reference, or the reader's XML parser turns it into a line feed.
pub(crate) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c if c < ' ' && c != '\n' && c != '\t' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_child_order_prefix_and_missing_ints_are_taken() {
        // contracts/peoplevox.md §1.2: child order is not enforced, absent ints read as 0.
        let call = read(
            br#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><UserSessionCredentials>
                <SessionId> abc </SessionId></UserSessionCredentials></s:Header><s:Body><p:GetData><p:getRequest>
                <p:SearchClause>A &lt; &#34;1&#34; <![CDATA[&x]]></p:SearchClause><p:TemplateName>T</p:TemplateName>
                </p:getRequest></p:GetData></s:Body></s:Envelope>"#,
        )
        .unwrap();
        assert_eq!(call.operation, "GetData");
        assert_eq!(call.session, "abc");
        assert_eq!(call.text("SearchClause"), "A < \"1\" &x");
        assert_eq!(call.int("PageNo"), Ok(0));
    }

    #[test]
    fn broken_requests_are_faults_and_never_panics() {
        for body in [
            &b""[..],
            b"hello",
            b"<Envelope><Body><GetData></Body></Envelope>",
            b"<Envelope><Body><GetData/></Body>",
            b"<!DOCTYPE x [<!ENTITY a 'b'>]><Envelope><Body><GetData/></Body></Envelope>",
            b"<Envelope><Body><GetData><a>&nope;</a></GetData></Body></Envelope>",
            b"<Envelope><Body/></Envelope>",
            b"<html><body/></html>",
            b"\xff\xfe",
        ] {
            assert!(read(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn carriage_returns_survive_an_xml_parser() {
        let text = write("GetData", &Outcome::ok(1, "\"a\"\r\n<&>"), Elements::Old);
        assert!(text.contains("<Detail>\"a\"&#xD;\n&lt;&amp;&gt;</Detail>"), "{text}");
        assert!(!text.contains("ImportingQueueId"));
    }
}
