//! Builds the requests: where the key goes, which media type, which window pays.
//!
//! Must not know what a call is for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crossdock_connector::{Call, ConfigError, Rejection, RequestBuilder, Window};
use crossdock_model::Private;
use serde_json::{Value, json};

use crate::config::Config;
use crate::documents::Document;

/// The window of `POST /graphql` (`contracts/marketplacer.md §8`).
pub(crate) const GRAPHQL: Window = "graphql";
/// The window of the REST surface (`contracts/marketplacer.md §8`, an older overview).
pub(crate) const REST: Window = "rest";
/// The only media type that REST writes accept; anything else is answered 415 (`contracts/marketplacer.md §1`).
const JSON_API: &str = "application/vnd.api+json";

/// The headers that prove who we are. Exactly one of them carries the API key.
#[derive(Debug)]
pub(crate) struct Credentials {
    headers: Vec<(&'static str, Private<String>)>,
}

impl Credentials {
    /// Puts the key where it belongs: Bearer alone, or Basic with the key in its own header. Never both forms of the key,
    /// because one account says that the remote refuses that (`contracts/marketplacer.md §1`).
    pub(crate) fn new(
        config: &Config,
        api_key: &Private<String>,
        basic_password: Option<&Private<String>>,
    ) -> Result<Self, ConfigError> {
        if api_key.is_blank() || !api_key.text().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError {
                setting: "api_key",
                problem: "the API key is empty or holds characters that a key never has".to_owned(),
                advice: "Copy the key once more from the portal (Extensions > API Access) without spaces or line ends",
            });
        }
        let headers = match (&config.basic_auth_username, basic_password) {
            (None, None) => vec![("authorization", Private::from(format!("Bearer {}", api_key.text())))],
            (Some(user), Some(password)) => {
                let pair = STANDARD.encode(format!("{user}:{}", password.text()));
                vec![
                    ("authorization", Private::from(format!("Basic {pair}"))),
                    ("marketplacer-api-key", api_key.clone()),
                ]
            }
            (Some(_), None) => {
                return Err(ConfigError {
                    setting: "basic_password",
                    problem: "a Basic user name is set, but no password".to_owned(),
                    advice: "Give the password of the test instance's Basic gate, or leave the user name out",
                });
            }
            (None, Some(_)) => {
                return Err(ConfigError {
                    setting: "basic_auth_username",
                    problem: "a Basic password is set, but no user name".to_owned(),
                    advice: "Give the user name of the test instance's Basic gate, or leave the password out",
                });
            }
        };
        Ok(Self { headers })
    }

    /// A GraphQL call (`contracts/marketplacer.md §1`).
    pub(crate) fn graphql(
        &self,
        label: &'static str,
        document: Document,
        variables: &Value,
    ) -> Result<Call, Rejection> {
        self.graphql_text(label, document.name, document.text, variables)
    }

    /// A GraphQL call whose text was put together for it.
    pub(crate) fn graphql_text(
        &self,
        label: &'static str,
        name: &str,
        text: &str,
        variables: &Value,
    ) -> Result<Call, Rejection> {
        let body = json!({ "query": text, "operationName": name, "variables": variables });
        self.post("/graphql", "application/json", "application/json", &body, label, GRAPHQL)
    }

    /// A REST write (`contracts/marketplacer.md §4`).
    pub(crate) fn rest(&self, label: &'static str, path: &str, body: &Value) -> Result<Call, Rejection> {
        self.post(path, JSON_API, JSON_API, body, label, REST)
    }

    fn post(
        &self,
        path: &str,
        content_type: &str,
        accept: &str,
        body: &Value,
        label: &'static str,
        window: Window,
    ) -> Result<Call, Rejection> {
        let mut builder =
            RequestBuilder::new(http::Method::POST, path).header("content-type", content_type).header("accept", accept);
        for (name, value) in &self.headers {
            builder = builder.header(name, value.text());
        }
        let mut request = builder.body(Bytes::from(body.to_string()))?;
        // `Debug` of a request prints its headers; marked values are left out there.
        for (name, _) in &self.headers {
            if let Some(value) = request.headers_mut().get_mut(*name) {
                value.set_sensitive(true);
            }
        }
        Ok(Call { request, windows: vec![window], label })
    }
}
