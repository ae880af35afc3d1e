//! The service description that SOAP libraries load (contracts/peoplevox.md §1.2, §2.1, §2.2). The ports for plain GET and
//! POST are left out: they cannot carry a session, and no client uses them.

use std::fmt::Write as _;

use crate::event::EventType;
use crate::operation::OPERATIONS;
use crate::options::FieldSet;

/// The target namespace.
pub(crate) const NAMESPACE: &str = "http://www.peoplevox.net/";

const HEAD: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<wsdl:definitions name="IntegrationServiceV4" targetNamespace="http://www.peoplevox.net/"
    xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:pvx="http://www.peoplevox.net/">
<wsdl:types><xs:schema targetNamespace="http://www.peoplevox.net/" elementFormDefault="qualified">
"#;

/// A complex type: name and fields.
type Shape = (&'static str, &'static [(&'static str, &'static str)]);

/// Types of one level: field name and type. `xs:int` and the enumerations are required unless the type ends with `?`; `!`
/// is required and may be nil, `*` repeats, everything else is optional.
const TYPES: [Shape; 6] = [
    // §1.4: the id has to be there and may be nil.
    ("UserSessionCredentials", &[("UserId", "xs:int!"), ("ClientId", "xs:string"), ("SessionId", "xs:string")]),
    ("IntegrationStatusResponse", &[("Reference", "xs:string"), ("Status", "pvx:IntegrationResponseStatuses")]),
    ("ArrayOfIntegrationStatusResponse", &[("IntegrationStatusResponse", "pvx:IntegrationStatusResponse*")]),
    ("ArrayOfInt", &[("int", "xs:int*")]),
    (
        "GetRequest",
        &[
            ("TemplateName", "xs:string"),
            ("PageNo", "xs:int"),
            ("ItemsPerPage", "xs:int"),
            ("SearchClause", "xs:string"),
        ],
    ),
    ("SaveRequest", &[("TemplateName", "xs:string"), ("CsvData", "xs:string"), ("Action", "xs:int")]),
];

/// The fields of every reply; the last three are the newer ones (§2.2).
const RESPONSE: [(&str, &str); 7] = [
    ("ResponseId", "xs:int"),
    ("TotalCount", "xs:int"),
    ("Detail", "xs:string"),
    ("Statuses", "pvx:ArrayOfIntegrationStatusResponse"),
    ("ImportingQueueId", "xs:int?"),
    ("SalesOrdersToDespatchIds", "pvx:ArrayOfInt"),
    ("ErrorCode", "xs:string"),
];

const REPORT_REQUEST: &str = r#"<xs:complexType name="GetReportRequest"><xs:complexContent>
<xs:extension base="pvx:GetRequest"><xs:sequence>
<xs:element name="FilterClause" type="xs:string" minOccurs="0"/>
<xs:element name="OrderBy" type="xs:string" minOccurs="0"/>
<xs:element name="Columns" type="xs:string" minOccurs="0"/>
</xs:sequence></xs:extension></xs:complexContent></xs:complexType>
"#;

/// The arguments of an operation: name and type. The older service does not know the last one of a subscription.
fn arguments(operation: &str, field_set: FieldSet) -> &'static [(&'static str, &'static str)] {
    let whole = all_arguments(operation);
    match whole {
        [older @ .., (ENCODE, _)] if field_set == FieldSet::Y2016 => older,
        _ => whole,
    }
}

const ENCODE: &str = "encodeParameterData";

fn all_arguments(operation: &str) -> &'static [(&'static str, &'static str)] {
    match operation {
        "Authenticate" => &[("clientId", "xs:string"), ("username", "xs:string"), ("password", "xs:string")],
        "GetData" => &[("getRequest", "pvx:GetRequest")],
        "GetReportData" => &[("getReportRequest", "pvx:GetReportRequest")],
        "SaveData" => &[("saveRequest", "pvx:SaveRequest")],
        "SubscribeEvent" => &[
            ("eventType", "pvx:SubscriptionEventTypes"),
            ("filter", "xs:string"),
            ("callbackUrl", "xs:string"),
            (ENCODE, "xs:boolean"),
        ],
        "SubscribePostEvent" => &[
            ("eventType", "pvx:SubscriptionEventTypes"),
            ("filter", "xs:string"),
            ("postUrl", "xs:string"),
            ("postParams", "xs:string"),
            (ENCODE, "xs:boolean"),
        ],
        "UnsubscribeEvent" => &[("subscriptionId", "xs:int")],
        _ => &[("templateName", "xs:string")],
    }
}

/// The description of the service at an address.
pub(crate) fn wsdl(address: &str, field_set: FieldSet) -> String {
    let mut out = String::from(HEAD);
    let statuses = ["Error", "Success"];
    enumeration(&mut out, "IntegrationResponseStatuses", &statuses);
    let events: Vec<&str> = EventType::of(field_set).iter().map(|event| event.name()).collect();
    enumeration(&mut out, "SubscriptionEventTypes", &events);
    let older = field_set == FieldSet::Y2016;
    let response = if older { &RESPONSE[..4] } else { &RESPONSE[..] };
    let types = TYPES.iter().filter(|(name, _)| !(older && *name == "ArrayOfInt"));
    for (name, fields) in types.chain(std::iter::once(&("IntegrationResponse", response))) {
        let _ = writeln!(out, "<xs:complexType name=\"{name}\">{}</xs:complexType>", sequence(fields));
    }
    out.push_str(REPORT_REQUEST);
    out.push_str("<xs:element name=\"UserSessionCredentials\" type=\"pvx:UserSessionCredentials\"/>\n");
    for operation in OPERATIONS {
        let _ = writeln!(
            out,
            "<xs:element name=\"{operation}\"><xs:complexType>{}</xs:complexType></xs:element>",
            sequence(arguments(operation, field_set))
        );
        let _ = writeln!(
            out,
            "<xs:element name=\"{operation}Response\"><xs:complexType><xs:sequence><xs:element \
             name=\"{operation}Result\" type=\"pvx:IntegrationResponse\" minOccurs=\"0\"/></xs:sequence>\
             </xs:complexType></xs:element>"
        );
    }
    out.push_str(
        "</xs:schema></wsdl:types>\n<wsdl:message name=\"Session\"><wsdl:part name=\"UserSessionCredentials\" ",
    );
    out.push_str("element=\"pvx:UserSessionCredentials\"/></wsdl:message>\n");
    for operation in OPERATIONS {
        let _ = writeln!(
            out,
            "<wsdl:message name=\"{operation}In\"><wsdl:part name=\"parameters\" element=\"pvx:{operation}\"/>\
             </wsdl:message>\n<wsdl:message name=\"{operation}Out\"><wsdl:part name=\"parameters\" \
             element=\"pvx:{operation}Response\"/></wsdl:message>"
        );
    }
    out.push_str("<wsdl:portType name=\"IntegrationServiceV4Soap\">\n");
    for operation in OPERATIONS {
        let _ = writeln!(
            out,
            "<wsdl:operation name=\"{operation}\"><wsdl:input message=\"pvx:{operation}In\"/>\
             <wsdl:output message=\"pvx:{operation}Out\"/></wsdl:operation>"
        );
    }
    out.push_str("</wsdl:portType>\n");
    for (prefix, name) in PORTS {
        binding(&mut out, prefix, name);
    }
    let mut escaped = String::new();
    crate::soap::escape(&mut escaped, address);
    let escaped = escaped.replace('"', "&quot;");
    out.push_str("<wsdl:service name=\"IntegrationServiceV4\">");
    for (prefix, name) in PORTS {
        let _ = write!(
            out,
            "<wsdl:port name=\"{name}\" binding=\"pvx:{name}\"><{prefix}:address location=\"{escaped}\"/></wsdl:port>"
        );
    }
    out.push_str("</wsdl:service></wsdl:definitions>\n");
    out
}

/// The two SOAP ports: namespace prefix and name.
const PORTS: [(&str, &str); 2] = [("soap", "IntegrationServiceV4Soap"), ("soap12", "IntegrationServiceV4Soap12")];

fn binding(out: &mut String, prefix: &str, name: &str) {
    let _ = writeln!(
        out,
        "<wsdl:binding name=\"{name}\" type=\"pvx:IntegrationServiceV4Soap\">\n<{prefix}:binding \
         transport=\"http://schemas.xmlsoap.org/soap/http\"/>"
    );
    for operation in OPERATIONS {
        let header = if operation == "Authenticate" {
            String::new()
        } else {
            format!("<{prefix}:header message=\"pvx:Session\" part=\"UserSessionCredentials\" use=\"literal\"/>")
        };
        let _ = writeln!(
            out,
            "<wsdl:operation name=\"{operation}\"><{prefix}:operation soapAction=\"{NAMESPACE}{operation}\" \
             style=\"document\"/><wsdl:input><{prefix}:body use=\"literal\"/>{header}</wsdl:input><wsdl:output>\
             <{prefix}:body use=\"literal\"/></wsdl:output></wsdl:operation>"
        );
    }
    out.push_str("</wsdl:binding>\n");
}

fn enumeration(out: &mut String, name: &str, values: &[&str]) {
    let _ = write!(out, "<xs:simpleType name=\"{name}\"><xs:restriction base=\"xs:string\">");
    for value in values {
        let _ = write!(out, "<xs:enumeration value=\"{value}\"/>");
    }
    out.push_str("</xs:restriction></xs:simpleType>\n");
}

fn sequence(fields: &[(&str, &str)]) -> String {
    let mut out = String::from("<xs:sequence>");
    for (name, shape) in fields {
        let kind = shape.trim_end_matches(['?', '*', '!']);
        let required =
            matches!(*shape, "xs:int" | "xs:int!" | "pvx:IntegrationResponseStatuses" | "pvx:SubscriptionEventTypes");
        let least = u8::from(required);
        let most = if shape.ends_with('*') { " maxOccurs=\"unbounded\"" } else { "" };
        let nil = if shape.ends_with(['?', '*', '!']) { " nillable=\"true\"" } else { "" };
        let _ = write!(out, "<xs:element name=\"{name}\" type=\"{kind}\" minOccurs=\"{least}\"{most}{nil}/>");
    }
    out.push_str("</xs:sequence>");
    out
}
