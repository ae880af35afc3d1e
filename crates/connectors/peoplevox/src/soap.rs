//! Writing: one SOAP 1.1 envelope per call.
//!
//! The requests are few and flat, so they are built by hand; that keeps them byte-for-byte predictable, which the tests
//! rely on. This module knows the wire names of the operations and nothing of templates or columns.

use crossdock_connector::{Call, RejectCode, Rejection, RequestBuilder};

use crate::config::Config;

/// The one published limit (`contracts/peoplevox.md §9`).
pub(crate) const WINDOW: &str = "calls";

const NAMESPACE: &str = "http://www.peoplevox.net/";

/// An operation of the service (`contracts/peoplevox.md §2.1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Authenticate,
    GetData,
    GetReportData,
    GetSaveTemplate,
    SaveData,
    SubscribePostEvent,
}

impl Op {
    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Authenticate => "Authenticate",
            Self::GetData => "GetData",
            Self::GetReportData => "GetReportData",
            Self::GetSaveTemplate => "GetSaveTemplate",
            Self::SaveData => "SaveData",
            Self::SubscribePostEvent => "SubscribePostEvent",
        }
    }
}

/// One level of elements below the operation; the order is the WSDL's own, although the server does not insist on it
/// (`contracts/peoplevox.md §1.2`).
#[derive(Debug, Default)]
pub(crate) struct Fields(String);

impl Fields {
    /// No elements yet.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an element with text. The name is one of ours; the text may be anything that XML can carry.
    pub(crate) fn with(mut self, name: &'static str, text: &str) -> Self {
        self.0.push('<');
        self.0.push_str(name);
        if text.is_empty() {
            self.0.push_str("/>");
        } else {
            self.0.push('>');
            push_escaped(&mut self.0, text);
            self.0.push_str("</");
            self.0.push_str(name);
            self.0.push('>');
        }
        self
    }

    /// Wraps what is there into one element (`getRequest`, `saveRequest`).
    pub(crate) fn inside(self, name: &'static str) -> Self {
        Self(format!("<{name}>{}</{name}>", self.0))
    }
}

/// The call that carries an operation. `session` is the session id; `None` for `Authenticate` alone, which has no header
/// (`contracts/peoplevox.md §1.3`, `§1.4`).
pub(crate) fn call(
    config: &Config,
    op: Op,
    session: Option<&str>,
    fields: &Fields,
    label: &'static str,
) -> Result<Call, Rejection> {
    let name = op.name();
    let mut body = String::with_capacity(fields.0.len() + 700);
    body.push_str(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    body.push_str(r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">"#);
    if let Some(session) = session {
        body.push_str("<soap:Header><UserSessionCredentials xmlns=\"");
        body.push_str(NAMESPACE);
        body.push_str("\"><UserId>0</UserId><ClientId>");
        push_escaped(&mut body, &config.client_id);
        body.push_str("</ClientId><SessionId>");
        push_escaped(&mut body, session);
        body.push_str("</SessionId></UserSessionCredentials></soap:Header>");
    }
    body.push_str("<soap:Body><");
    body.push_str(name);
    body.push_str(" xmlns=\"");
    body.push_str(NAMESPACE);
    body.push_str("\">");
    body.push_str(&fields.0);
    body.push_str("</");
    body.push_str(name);
    body.push_str("></soap:Body></soap:Envelope>");
    if let Some(bad) = body.chars().find(|c| !is_xml(*c)) {
        return Err(Rejection::new(
            RejectCode::CannotExpress,
            format!("the request holds the character U+{:04X}, which XML cannot carry", u32::from(bad)),
        ));
    }
    let request =
        RequestBuilder::new(http::Method::POST, format!("/{}/resources/integrationservicev4.asmx", config.client_id))
            .header("content-type", "text/xml; charset=utf-8")
            .header("soapaction", format!("\"{NAMESPACE}{name}\""))
            .body(body)?;
    Ok(Call { request, windows: vec![WINDOW], label })
}

/// Whether XML 1.0 can carry a character at all, escaped or not.
pub(crate) const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Escapes text for an element. A carriage return is written as a reference, because a parser would drop it otherwise.
fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_call_is_relative_and_carries_action_type_and_session() {
        let fields = Fields::new().with("templateName", "Sales orders");
        let call = call(&fixtures::config(), Op::GetSaveTemplate, Some("s<1>"), &fields, "columns").unwrap();
        assert_eq!(call.request.method(), http::Method::POST);
        assert_eq!(call.request.uri(), "/demo123/resources/integrationservicev4.asmx");
        assert_eq!(call.request.headers()["content-type"], "text/xml; charset=utf-8");
        assert_eq!(call.request.headers()["soapaction"], "\"http://www.peoplevox.net/GetSaveTemplate\"");
        assert_eq!(call.windows, ["calls"]);
        assert_eq!(
            std::str::from_utf8(call.request.body()).unwrap(),
            concat!(
                r#"<?xml version="1.0" encoding="utf-8"?>"#,
                r#"<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>"#,
                r#"<UserSessionCredentials xmlns="http://www.peoplevox.net/"><UserId>0</UserId>"#,
                r"<ClientId>demo123</ClientId><SessionId>s&lt;1&gt;</SessionId></UserSessionCredentials></soap:Header>",
                r#"<soap:Body><GetSaveTemplate xmlns="http://www.peoplevox.net/">"#,
                r"<templateName>Sales orders</templateName></GetSaveTemplate></soap:Body></soap:Envelope>"
            )
        );
    }

    #[test]
    fn what_xml_cannot_carry_is_refused_before_it_is_sent() {
        for bad in ['\u{0}', '\u{8}', '\u{1B}', '\u{FFFE}', '\u{FFFF}'] {
            let fields = Fields::new().with("templateName", &format!("a{bad}b"));
            let refusal = call(&fixtures::config(), Op::GetSaveTemplate, None, &fields, "x").unwrap_err();
            assert_eq!(refusal.code, RejectCode::CannotExpress);
        }
    }

    #[test]
    fn escaping_survives_an_xml_parser_for_every_sort_of_text() {
        for text in ["a & b", "<x>", "]]>", "\"q\"", "Zoë 北京 😀", "a\r\nb\tc", "&amp;", "'"] {
            let mut out = String::new();
            push_escaped(&mut out, text);
            assert_eq!(quick_xml::escape::unescape(&out).unwrap(), text);
        }
    }
}
