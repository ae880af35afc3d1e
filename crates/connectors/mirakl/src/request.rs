//! Puts together requests: key, shop, media types (`contracts/john-lewis.md §2.1`).

use std::fmt::Write as _;

use bytes::Bytes;
use crossdock_connector::{Call, RejectCode, Rejection, RequestBuilder, Window};
use crossdock_model::Private;
use http::Method;
use http::header::{AUTHORIZATION, HeaderValue};
use serde::Serialize;

/// What every request of a connection has in common.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The shop's API key, as it goes into the header: raw, without `Bearer`.
    pub(crate) api_key: Private<String>,
    /// The shop, where it has to be named.
    pub(crate) shop_id: Option<i64>,
}

/// What a call is paid from and called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// The window.
    pub(crate) window: Window,
    /// Two or three words for people.
    pub(crate) label: &'static str,
}

impl Caller {
    /// A call without a body that reads.
    pub(crate) fn get(&self, request: RequestBuilder, purpose: Purpose) -> Result<Call, Rejection> {
        self.finish(request, Bytes::new(), purpose)
    }

    /// A call without a body that reads a file of this kind.
    pub(crate) fn file(
        &self,
        request: RequestBuilder,
        accept: &'static str,
        purpose: Purpose,
    ) -> Result<Call, Rejection> {
        self.send(request.header("accept", accept), Bytes::new(), purpose)
    }

    /// A call that carries JSON.
    pub(crate) fn json(
        &self,
        request: RequestBuilder,
        body: &impl Serialize,
        purpose: Purpose,
    ) -> Result<Call, Rejection> {
        let body =
            serde_json::to_vec(body).map_err(|error| cannot(format!("the request cannot be written: {error}")))?;
        self.finish(request.header("content-type", "application/json"), Bytes::from(body), purpose)
    }

    /// A write without a body. Real servers want to be told the length all the same (`contracts/john-lewis.md §2.1`,
    /// "Empty PUTs").
    pub(crate) fn bare(&self, request: RequestBuilder, purpose: Purpose) -> Result<Call, Rejection> {
        let request = request.header("content-type", "application/json").header("content-length", "0");
        self.finish(request, Bytes::new(), purpose)
    }

    /// A call that is answered with JSON.
    pub(crate) fn finish(&self, request: RequestBuilder, body: Bytes, purpose: Purpose) -> Result<Call, Rejection> {
        self.send(request.header("accept", "application/json"), body, purpose)
    }

    /// Adds shop and key and closes the request.
    fn send(&self, mut request: RequestBuilder, body: Bytes, purpose: Purpose) -> Result<Call, Rejection> {
        if let Some(shop) = self.shop_id {
            request = request.query("shop_id", shop.to_string());
        }
        let mut request = request.body(body)?;
        // The key is set here and marked, so that no debug output of a request shows it.
        let mut key = HeaderValue::from_str(self.api_key.text()).map_err(|_| cannot("the API key is not printable"))?;
        key.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, key);
        Ok(Call { request, windows: vec![purpose.window], label: purpose.label })
    }
}

/// A GET below the base URL.
pub(crate) fn get(path: impl Into<String>) -> RequestBuilder {
    RequestBuilder::new(Method::GET, path)
}

/// A PUT below the base URL.
pub(crate) fn put(path: impl Into<String>) -> RequestBuilder {
    RequestBuilder::new(Method::PUT, path)
}

/// A POST below the base URL.
pub(crate) fn post(path: impl Into<String>) -> RequestBuilder {
    RequestBuilder::new(Method::POST, path)
}

/// A refusal of ours.
pub(crate) fn cannot(detail: impl Into<String>) -> Rejection {
    Rejection::new(RejectCode::CannotExpress, detail)
}

/// An id as a path segment. Ids come from outside: a slash or a dot segment in one must not lead to another resource.
pub(crate) fn segment(id: &str) -> Result<String, Rejection> {
    if id.trim().is_empty() || id == "." || id == ".." {
        return Err(cannot(format!("`{id}` is not an id that can be asked for")));
    }
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_path_segment_whatever_is_in_it() {
        for byte in 1..=127_u8 {
            let id = format!("a{}b", char::from(byte));
            let segment = segment(&id).unwrap();
            assert!(segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{id:?} → {segment}");
        }
        assert_eq!(segment("Order_00010-A").unwrap(), "Order_00010-A");
        assert_eq!(segment("é/..").unwrap(), "%C3%A9%2F..");
        for bad in ["", " ", ".", ".."] {
            assert!(segment(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_key_goes_raw_and_never_into_debug_output() {
        let caller = Caller { api_key: Private::from("key-canary"), shop_id: Some(7) };
        let call = caller.get(get("/api/orders"), Purpose { window: "calls", label: "t" }).unwrap();
        assert_eq!(call.request.headers()["authorization"], "key-canary");
        assert_eq!(call.request.uri(), "/api/orders?shop_id=7");
        assert!(!format!("{call:?} {caller:?}").contains("canary"));
    }
}
