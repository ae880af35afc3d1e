//! The twin: HTTP in, HTTP out.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use sim_core::{Cx, FaultKind, Twin, World, effect_log::kind};

use crate::limits::Window;
use crate::operation::{OPERATIONS, perform};
use crate::options::{FieldSet, Options, Refusal};
use crate::session::Sessions;
use crate::soap::{self, Call, Elements, Outcome, Version};
use crate::warehouse::Warehouse;
use crate::{control, wsdl};

/// A stand-in for one tenant of a Peoplevox warehouse.
#[derive(Debug, Clone)]
pub struct PeoplevoxTwin {
    warehouse: Warehouse,
    sessions: Sessions,
    window: Window,
}

impl PeoplevoxTwin {
    /// A tenant whose shelves hold the world's catalogue. Wrap it with [`sim_core::Simulated::new`].
    #[expect(clippy::needless_pass_by_value, reason = "all twins are made alike: `new(world, options)`")]
    pub fn new(world: Arc<World>, options: Options) -> Self {
        Self { warehouse: Warehouse::new(&world, options), sessions: Sessions::default(), window: Window::default() }
    }

    /// The settings.
    pub fn options(&self) -> &Options {
        &self.warehouse.options
    }

    fn soap(&mut self, cx: &mut Cx<'_>, tenant: &str, request: &Request<Bytes>) -> Response<Bytes> {
        let fault = |version: Version, text: &str| {
            reply(StatusCode::INTERNAL_SERVER_ERROR, version.media(), soap::fault(version, text))
        };
        let call = match soap::read(request.body()) {
            Ok(call) => call,
            Err(text) => return fault(Version::default(), &text),
        };
        if let Err(text) = check_operation(&call, request) {
            return fault(call.version, &text);
        }
        let elements = match self.warehouse.options.field_set {
            _ if cx.faults.strikes(FaultKind::Sparse) => Elements::Sparse,
            FieldSet::Recent => Elements::Recent,
            FieldSet::Y2016 => Elements::Old,
        };
        if self.warehouse.options.limits
            && !cx.counted
            && let Err(seconds) = self.window.admit(cx.now)
        {
            return self.refuse(cx, &call, seconds, elements);
        }
        match perform(&mut self.warehouse, &mut self.sessions, cx, tenant, &call) {
            Ok(outcome) => reply(StatusCode::OK, call.version.media(), soap::write(&call, &outcome, elements)),
            Err(text) => fault(call.version, &text),
        }
    }

    fn refuse(&self, cx: &mut Cx<'_>, call: &Call, seconds: i64, elements: Elements) -> Response<Bytes> {
        let data = json!({ "window": "15 calls per 15 s" });
        cx.effects.push(cx.now, kind::WINDOW_EXCEEDED, call.operation.clone(), data);
        self.refusal(call, Some(seconds), elements)
    }

    fn refusal(&self, call: &Call, seconds: Option<i64>, elements: Elements) -> Response<Bytes> {
        let status = match self.warehouse.options.refusal {
            Refusal::Http429 => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Http503 => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::ResponseId => {
                let outcome = Outcome::error("Simulator : Limits - Too many requests");
                return reply(StatusCode::OK, call.version.media(), soap::write(call, &outcome, elements));
            }
        };
        let mut response = reply(status, "text/plain; charset=utf-8", "Too many requests".to_owned());
        if let Some(seconds) = seconds {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Twin for PeoplevoxTwin {
    fn name(&self) -> &'static str {
        "peoplevox"
    }

    fn handle(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        let Some(tenant) = tenant_of(request.uri().path()) else {
            return reply(StatusCode::NOT_FOUND, "text/html; charset=utf-8", page("No such resource"));
        };
        match *request.method() {
            Method::POST => {
                let tenant = tenant.to_owned();
                self.soap(cx, &tenant, request)
            }
            Method::GET if request.uri().query().is_some_and(|query| query.eq_ignore_ascii_case("wsdl")) => {
                let text = wsdl::wsdl(&address(request), self.warehouse.options.field_set);
                reply(StatusCode::OK, "text/xml; charset=utf-8", text)
            }
            Method::GET => {
                reply(StatusCode::OK, "text/html; charset=utf-8", page("IntegrationServiceV4 (simulated): see ?wsdl"))
            }
            _ => reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", String::new()),
        }
    }

    fn only_reads(&self, request: &Request<Bytes>) -> bool {
        let action = request.headers().get("soapaction").and_then(|value| value.to_str().ok()).unwrap_or("");
        let operation = action.trim().trim_matches('"').strip_prefix(wsdl::NAMESPACE).unwrap_or("");
        matches!(operation, "GetData" | "GetReportData" | "GetReportColumns" | "GetSaveTemplate")
    }

    fn exchange(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.warehouse, &mut other.warehouse);
    }

    fn arrive(&mut self, cx: &mut Cx<'_>, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        if !self.warehouse.options.limits {
            return None;
        }
        match (soap::read(request.body()), self.window.admit(cx.now)) {
            (Ok(call), Err(seconds)) => Some(self.refuse(cx, &call, seconds, Elements::Recent)),
            _ => None,
        }
    }

    fn throttle(&self, request: &Request<Bytes>, wait: Option<i64>) -> Response<Bytes> {
        match soap::read(request.body()) {
            Ok(call) => self.refusal(&call, wait, Elements::Recent),
            Err(text) => reply(
                StatusCode::INTERNAL_SERVER_ERROR,
                Version::default().media(),
                soap::fault(Version::default(), &text),
            ),
        }
    }

    fn tick(&mut self, cx: &mut Cx<'_>) -> Option<Timestamp> {
        self.warehouse.work(cx)
    }

    fn delivered(&mut self, _: &mut Cx<'_>, _: u64, status: Option<u16>) {
        self.warehouse.subscriptions.delivered(status);
    }

    fn state(&self) -> Value {
        control::state(&self.warehouse, self.sessions.open_count())
    }

    fn control(&mut self, cx: &mut Cx<'_>, path: &str, body: &Value) -> Option<Result<Value, String>> {
        control::call(&mut self.warehouse, cx, path, body)
    }
}

/// The tenant of `/{clientId}/resources/integrationservicev4.asmx`, whatever the case of the rest (§1.1).
fn tenant_of(path: &str) -> Option<&str> {
    let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
    let known = rest.eq_ignore_ascii_case("resources/integrationservicev4.asmx");
    (known && !tenant.is_empty()).then_some(tenant)
}

/// The body names the operation, and the SOAPAction, quoted or not, must agree with it (§1.2). SOAP 1.1 wants one, as
/// ASP.NET does; SOAP 1.2 has put it into the media type, where it may be left out.
fn check_operation(call: &Call, request: &Request<Bytes>) -> Result<(), String> {
    if !OPERATIONS.contains(&call.operation.as_str()) {
        return Err(format!("Simulator: no operation '{}'", call.operation));
    }
    let action = request.headers().get("soapaction").map(|value| value.to_str().unwrap_or("?"));
    let action = action.unwrap_or("").trim().trim_matches('"');
    let optional = action.is_empty() && call.version == Version::Soap12;
    if !optional && action.strip_prefix(wsdl::NAMESPACE) != Some(call.operation.as_str()) {
        return Err(format!("Simulator: SOAPAction '{action}' is not that of <{}>", call.operation));
    }
    Ok(())
}

/// Where the client reached us, so that the WSDL points back to the same place.
fn address(request: &Request<Bytes>) -> String {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| request.uri().authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    let forwarded = request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let scheme = forwarded.or_else(|| request.uri().scheme_str()).unwrap_or("http");
    format!("{scheme}://{host}{}", request.uri().path())
}

fn page(text: &str) -> String {
    format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body>{text}</body></html>")
}

fn reply(status: StatusCode, media: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    response
}
