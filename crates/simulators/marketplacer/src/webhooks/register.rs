//! Making and changing webhooks (`contracts/marketplacer.md` §3.8, §6.1).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::graphql::{Compiled, compile};
use crate::options::Options;
use crate::shop::next_id;
use crate::trade::Invalid;
use crate::webhooks::{Hook, Hooks};

/// What a webhook asks for when nobody says anything: not even the id.
const DEFAULT_QUERY: &str = "query($id: ID!){ node(id:$id){ __typename } }";

impl Hooks {
    /// Makes a webhook. `by_seller`: whose key.
    pub(crate) fn create(
        &mut self,
        attributes: &Map<String, Value>,
        by_seller: bool,
        options: &Options,
    ) -> Result<u64, Invalid> {
        let compiled = compiled(DEFAULT_QUERY, options)?;
        let mut hook = Hook {
            kind: String::new(),
            event: None,
            url: String::new(),
            enabled: true,
            headers: Map::new(),
            query: DEFAULT_QUERY.to_owned(),
            hmac_key: None,
            max_retries: 25,
            concurrent: 100,
            allow_skip: false,
            by_seller,
            compiled,
            in_flight: 0,
            waiting: VecDeque::new(),
            last: HashMap::new(),
        };
        Change::read(attributes, options)?.apply(&mut hook);
        let id = next_id(&self.registered, 1);
        self.registered.insert(id, hook);
        Ok(id)
    }

    /// Changes a webhook: only what is given.
    pub(crate) fn update(
        &mut self,
        id: u64,
        attributes: &Map<String, Value>,
        options: &Options,
    ) -> Result<(), Invalid> {
        let change = Change::read(attributes, options)?;
        if let Some(hook) = self.registered.get_mut(&id) {
            change.apply(hook);
        }
        Ok(())
    }
}

/// Attributes that have been found good.
struct Change<'a> {
    attributes: &'a Map<String, Value>,
    compiled: Option<Arc<Compiled>>,
}

impl<'a> Change<'a> {
    fn read(attributes: &'a Map<String, Value>, options: &Options) -> Result<Self, Invalid> {
        if let Some(url) = attributes.get("url").and_then(Value::as_str) {
            let whole = url.parse::<http::Uri>().ok().filter(|uri| uri.host().is_some());
            let scheme = whole.as_ref().and_then(http::Uri::scheme_str);
            // Plain HTTP is let through so that a twin can call a receiver on the same machine.
            if !matches!(scheme, Some("https" | "http")) {
                return Err(Invalid::new("url", "is not a valid URL"));
            }
        }
        check_range(attributes, "maxRetries", 0, 50)?;
        check_range(attributes, "concurrentSendLimit", 1, 200)?;
        let headers = attributes.get("headers").filter(|headers| !headers.is_null());
        if headers.is_some_and(|headers| !headers.is_object()) {
            return Err(Invalid::new("headers", "must be an object"));
        }
        let query = attributes.get("queryString").and_then(Value::as_str).filter(|query| !query.trim().is_empty());
        let compiled = query.map(|query| compiled(query, options)).transpose()?;
        Ok(Self { attributes, compiled })
    }

    fn apply(self, hook: &mut Hook) {
        let text = |name: &str| self.attributes.get(name).and_then(Value::as_str).map(str::to_owned);
        let flag = |name: &str| self.attributes.get(name).and_then(Value::as_bool);
        let number = |name: &str| {
            let number = self.attributes.get(name).and_then(Value::as_u64);
            number.and_then(|number| u32::try_from(number).ok())
        };
        if let Some(kind) = text("type") {
            hook.kind = kind;
        }
        if self.attributes.contains_key("eventName") {
            hook.event = text("eventName");
        }
        if let Some(url) = text("url") {
            hook.url = url;
        }
        if let Some(headers) = self.attributes.get("headers").and_then(Value::as_object) {
            hook.headers.clone_from(headers);
        }
        if let (Some(compiled), Some(query)) = (self.compiled.clone(), text("queryString")) {
            hook.compiled = compiled;
            hook.query = query;
        }
        if self.attributes.contains_key("hmacKey") {
            hook.hmac_key = text("hmacKey").filter(|key| !key.is_empty());
        }
        hook.enabled = flag("enabled").unwrap_or(hook.enabled);
        hook.allow_skip = flag("allowSkip").unwrap_or(hook.allow_skip);
        hook.max_retries = number("maxRetries").unwrap_or(hook.max_retries);
        hook.concurrent = number("concurrentSendLimit").unwrap_or(hook.concurrent);
    }
}

fn check_range(attributes: &Map<String, Value>, name: &'static str, least: i64, most: i64) -> Result<(), Invalid> {
    match attributes.get(name).and_then(Value::as_i64) {
        Some(number) if !(least..=most).contains(&number) => {
            Err(Invalid::new(name, format!("must be between {least} and {most}")))
        }
        _ => Ok(()),
    }
}

/// The query is checked against the schema when it is saved, not when it is needed.
fn compiled(query: &str, options: &Options) -> Result<Arc<Compiled>, Invalid> {
    compile(query, options.cents_removed).map(Arc::new).map_err(|errors| {
        let messages = errors.iter().filter_map(|error| error.get("message").and_then(Value::as_str));
        Invalid::new("queryString", messages.collect::<Vec<_>>().join("; "))
    })
}
