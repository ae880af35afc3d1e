//! A call, read as strictly as ASP.NET's serializer reads it: elements count by namespace and place, not by name alone.
//! What stands in another namespace, or at another depth, is not seen (contracts/peoplevox.md §1.2, §1.4).

use std::collections::HashMap;

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};

use super::{SOAP_11, SOAP_12, Version};
use crate::wsdl::NAMESPACE;

/// One call: the operation, its values by local name in any order, and the session header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub version: Version,
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

/// Whose an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Envelope(Version),
    Service,
    Nobody,
}

/// An element on the way from the root: whose it is, and its local name.
type Place = (Owner, String);

/// Reads an envelope. `Err` is the text of a SOAP fault.
pub(crate) fn read(body: &[u8]) -> Result<Call, String> {
    let text = std::str::from_utf8(body).map_err(|_| "Simulator: the request is not UTF-8".to_owned())?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut call = Call::default();
    let mut path: Vec<Place> = Vec::new();
    let mut value = String::new();
    let mut saw_envelope = false;
    loop {
        let malformed = |error: &dyn std::fmt::Display| format!("Simulator: malformed XML: {error}");
        let (owner, event) = reader.read_resolved_event().map_err(|error| malformed(&error))?;
        match event {
            Event::Start(start) => {
                path.push((whose(&owner), start.local_name().as_ref().to_owned()));
                value.clear();
                saw_envelope |= opened(&mut call, &path)?;
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
                    other => return Err(malformed(&format!("unknown entity '{other}'"))),
                }),
                Err(error) => return Err(malformed(&error)),
            },
            Event::DocType(_) => return Err("Simulator: a DOCTYPE is not allowed in SOAP".to_owned()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Empty(_) => {}
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

fn whose(owner: &ResolveResult<'_>) -> Owner {
    match owner {
        ResolveResult::Bound(Namespace(NAMESPACE)) => Owner::Service,
        ResolveResult::Bound(Namespace(SOAP_11)) => Owner::Envelope(Version::Soap11),
        ResolveResult::Bound(Namespace(SOAP_12)) => Owner::Envelope(Version::Soap12),
        _ => Owner::Nobody,
    }
}

/// Whether an element was the envelope itself.
fn opened(call: &mut Call, path: &[Place]) -> Result<bool, String> {
    match path {
        [(Owner::Envelope(version), root)] if root == "Envelope" => {
            call.version = *version;
            return Ok(true);
        }
        [(_, root)] => return Err(format!("Simulator: <{root}> is not an Envelope of SOAP 1.1 or 1.2")),
        [(envelope, _), (body, name), (owner, operation)]
            if envelope == body && name == "Body" && call.operation.is_empty() =>
        {
            if *owner != Owner::Service {
                return Err(format!("Simulator: <{operation}> is not in the namespace {NAMESPACE}"));
            }
            call.operation.clone_from(operation);
        }
        _ if path.len() > 32 => return Err("Simulator: the envelope is nested too deeply".to_owned()),
        _ => {}
    }
    Ok(false)
}

/// The element that holds the arguments of an operation, if it is not the operation's own.
fn wrapper(operation: &str) -> Option<&'static str> {
    match operation {
        "GetData" => Some("getRequest"),
        "GetReportData" => Some("getReportRequest"),
        "SaveData" => Some("saveRequest"),
        _ => None,
    }
}

fn closed(call: &mut Call, path: &[Place], value: String) {
    let [(envelope, _), (part, name), rest @ ..] = path else { return };
    if envelope != part || rest.iter().any(|(owner, _)| *owner != Owner::Service) {
        return;
    }
    match (name.as_str(), rest) {
        ("Header", [(_, credentials), (_, leaf)]) if credentials == "UserSessionCredentials" && leaf == "SessionId" => {
            value.trim().clone_into(&mut call.session);
        }
        ("Body", [(_, operation), inner @ ..]) if *operation == call.operation => {
            let leaf = match (wrapper(operation), inner) {
                (None, [(_, leaf)]) => leaf,
                (Some(wanted), [(_, wrapper), (_, leaf)]) if wrapper == wanted => leaf,
                _ => return,
            };
            call.args.entry(leaf.clone()).or_insert(value);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(namespace: &str, inside: &str) -> String {
        format!(r#"<s:Envelope xmlns:s="{namespace}" xmlns:p="{NAMESPACE}" xmlns:q="urn:other">{inside}</s:Envelope>"#)
    }

    #[test]
    fn any_child_order_prefix_and_missing_ints_are_taken() {
        // contracts/peoplevox.md §1.2: child order is not enforced, absent ints read as 0.
        let call = read(
            envelope(
                SOAP_11,
                r"<s:Header><p:UserSessionCredentials><p:SessionId> abc </p:SessionId></p:UserSessionCredentials></s:Header>
                <s:Body><p:GetData><p:getRequest><p:SearchClause>A &lt; &#34;1&#34; <![CDATA[&x]]></p:SearchClause>
                <p:TemplateName>T</p:TemplateName></p:getRequest></p:GetData></s:Body>",
            )
            .as_bytes(),
        )
        .unwrap();
        assert_eq!((call.operation.as_str(), call.version), ("GetData", Version::Soap11));
        assert_eq!(call.session, "abc");
        assert_eq!(call.text("SearchClause"), "A < \"1\" &x");
        assert_eq!(call.int("PageNo"), Ok(0));
        let newer = read(envelope(SOAP_12, "<s:Body><p:GetSaveTemplate/></s:Body>").as_bytes()).unwrap();
        assert_eq!(newer.version, Version::Soap12);
    }

    /// A serializer that reads by namespace and place does not see these; a client that relies on them would fail live.
    #[test]
    fn an_element_of_another_namespace_or_place_is_not_seen() {
        for inside in [
            "<p:GetData><p:getRequest><q:TemplateName>T</q:TemplateName></p:getRequest></p:GetData>",
            "<p:GetData><p:getRequest><TemplateName>T</TemplateName></p:getRequest></p:GetData>",
            "<p:GetData><p:TemplateName>T</p:TemplateName></p:GetData>",
            "<p:GetData><p:saveRequest><p:TemplateName>T</p:TemplateName></p:saveRequest></p:GetData>",
            "<p:GetData><p:getRequest><p:x><p:TemplateName>T</p:TemplateName></p:x></p:getRequest></p:GetData>",
            "<p:GetData><q:getRequest><p:TemplateName>T</p:TemplateName></q:getRequest></p:GetData>",
            "<p:GetData/><p:GetData><p:getRequest><p:templateName>T</p:templateName></p:getRequest></p:GetData>",
        ] {
            let call = read(envelope(SOAP_11, &format!("<s:Body>{inside}</s:Body>")).as_bytes()).unwrap();
            assert_eq!(call.text("TemplateName"), "", "{inside}");
        }
        for header in [
            "<UserSessionCredentials><SessionId>a</SessionId></UserSessionCredentials>",
            "<p:SessionId>a</p:SessionId>",
            "<p:x><p:UserSessionCredentials><p:SessionId>a</p:SessionId></p:UserSessionCredentials></p:x>",
        ] {
            let body = format!("<s:Header>{header}</s:Header><s:Body><p:GetData/></s:Body>");
            assert_eq!(read(envelope(SOAP_11, &body).as_bytes()).unwrap().session, "", "{header}");
        }
    }

    #[test]
    fn broken_requests_are_faults_and_never_panics() {
        let sound = envelope(SOAP_11, "<s:Body><p:GetData/></s:Body>");
        assert!(read(sound.as_bytes()).is_ok());
        for body in [
            String::new(),
            "hello".to_owned(),
            sound.replace("</s:Envelope>", ""),
            sound.replace("<p:GetData/>", "<p:GetData>"),
            sound.replace(SOAP_11, "urn:x"),
            sound.replace(NAMESPACE, "urn:x"),
            sound.replace("p:GetData", "GetData"),
            sound.replace("<s:Body>", "<p:Body>").replace("</s:Body>", "</p:Body>"),
            sound.replace("<p:GetData/>", ""),
            sound.replace("<p:GetData/>", "<p:GetData><p:a>&nope;</p:a></p:GetData>"),
            format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{sound}"),
            "<html><body/></html>".to_owned(),
            "<Envelope><Body><GetData/></Body></Envelope>".to_owned(),
        ] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(read(b"\xff\xfe").is_err());
    }
}
