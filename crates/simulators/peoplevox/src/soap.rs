//! SOAP in and out: the envelope, and nothing of what the operations mean (contracts/peoplevox.md §1.2).

mod request;

use std::fmt::Write as _;

pub(crate) use request::{Call, read};

/// Namespaces of the two envelopes.
const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// The version of an envelope. Every client uses 1.1; the WSDL offers a port for 1.2 too (§1.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Version {
    #[default]
    Soap11,
    Soap12,
}

impl Version {
    const fn namespace(self) -> &'static str {
        match self {
            Self::Soap11 => SOAP_11,
            Self::Soap12 => SOAP_12,
        }
    }

    /// The media type of its messages.
    pub(crate) const fn media(self) -> &'static str {
        match self {
            Self::Soap11 => "text/xml; charset=utf-8",
            Self::Soap12 => "application/soap+xml; charset=utf-8",
        }
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
    /// What the newer field ImportingQueueId says; 0 for an import that is done (§2.2, semantics unknown).
    pub queue: u64,
}

impl Outcome {
    /// A success.
    pub(crate) fn ok(total: i64, detail: impl Into<String>) -> Self {
        Self { total, detail: detail.into(), ..Self::default() }
    }

    /// A business error: HTTP 200 with `ResponseId` −1.
    pub(crate) fn error(detail: impl Into<String>) -> Self {
        Self { failed: true, detail: detail.into(), ..Self::default() }
    }
}

const TAIL: &str = "</soap:Body></soap:Envelope>";

fn head(version: Version) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{}\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"><soap:Body>",
        version.namespace()
    )
}

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
pub(crate) fn write(call: &Call, outcome: &Outcome, elements: Elements) -> String {
    let operation = call.operation.as_str();
    let mut out = String::with_capacity(outcome.detail.len() + 1024);
    out.push_str(&head(call.version));
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
        let queue = outcome.queue;
        let _ = write!(out, "<ImportingQueueId>{queue}</ImportingQueueId><SalesOrdersToDespatchIds /><ErrorCode />");
    }
    let _ = write!(out, "</{operation}Result></{operation}Response>");
    out.push_str(TAIL);
    out
}

/// Writes a fault. Goes out with HTTP 500.
pub(crate) fn fault(version: Version, text: &str) -> String {
    let (before, after) = match version {
        Version::Soap11 => {
            ("<soap:Fault><faultcode>soap:Client</faultcode><faultstring>", "</faultstring><detail /></soap:Fault>")
        }
        Version::Soap12 => (
            "<soap:Fault><soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang=\"en\">",
            "</soap:Text></soap:Reason><soap:Detail /></soap:Fault>",
        ),
    };
    let mut out = head(version);
    out.push_str(before);
    escape(&mut out, text);
    out.push_str(after);
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
    fn carriage_returns_survive_an_xml_parser() {
        let body = format!(
            "<s:Envelope xmlns:s='{SOAP_11}' xmlns='{}'><s:Body><GetData/></s:Body></s:Envelope>",
            crate::wsdl::NAMESPACE
        );
        let text = write(&read(body.as_bytes()).unwrap(), &Outcome::ok(1, "\"a\"\r\n<&>"), Elements::Old);
        assert!(text.contains("<Detail>\"a\"&#xD;\n&lt;&amp;&gt;</Detail>"), "{text}");
        assert!(!text.contains("ImportingQueueId"));
    }
}
