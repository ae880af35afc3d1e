//! The configuration of the demonstration world: the same file format as a real installation's.

use crossdock_model::Private;

use super::{MARKETPLACER, MIRAKL, PEOPLEVOX, SECOND_MIRAKL, SECOND_MIRAKL_KEY};
use crate::config::{Config, ConfigFault, SecretSource, parse};
use crate::wire::Secrets;

/// Base URLs of the twins.
#[derive(Debug, Clone)]
pub(crate) struct Urls {
    pub(crate) peoplevox: String,
    pub(crate) marketplacer: String,
    pub(crate) mirakl: String,
}

impl Urls {
    /// For twins in the same process, which are never reached by URL.
    pub(crate) fn in_process() -> Self {
        let url = |name: &str| format!("http://127.0.0.1/{name}");
        Self { peoplevox: url("peoplevox"), marketplacer: url("marketplacer"), mirakl: url("mirakl") }
    }
}

/// The configuration text.
pub(crate) fn text(urls: &Urls, public_url: &str) -> String {
    let client = sim_peoplevox::Options::default();
    format!(
        r#"# Connects a hub to the simulators.
data_dir = "data"
listen = "127.0.0.1:8080"
public_url = "{public_url}"

[merchant]
id = "demo"
name = "Harbour & Home"
time_zone = "Europe/London"

[peoplevox]
name = "{PEOPLEVOX}"
base_url = "{}"
password = {{ env = "CROSSDOCK_PEOPLEVOX_PASSWORD" }}
[peoplevox.settings]
client_id = "{}"
username = "{}"

[[marketplacer]]
name = "{MARKETPLACER}"
title = "Marketplacer"
order_prefix = "MP-"
base_url = "{}"
api_key = {{ env = "CROSSDOCK_MARKETPLACER_KEY" }}
# The warehouse says "DPD", this marketplace's list says "DPD UK".
carriers = {{ DPD = "DPD UK" }}

[[mirakl]]
name = "{MIRAKL}"
title = "John Lewis"
order_prefix = "JLM-"
base_url = "{}"
api_key = {{ env = "CROSSDOCK_JOHN_LEWIS_KEY" }}
[mirakl.settings]
preset = "john-lewis"
"#,
        urls.peoplevox, client.client_id, client.username, urls.marketplacer, urls.mirakl
    )
}

/// One more Mirakl operator: another block of configuration, nothing else.
const SECOND_MIRAKL_BLOCK: &str = r#"
[[mirakl]]
name = "kingsway"
title = "Kingsway"
order_prefix = "KW-"
base_url = "http://127.0.0.1/kingsway"
api_key = { env = "CROSSDOCK_KINGSWAY_KEY" }
[mirakl.settings]
shop_id = 77
"#;

/// The parsed configuration.
pub(crate) fn config(urls: &Urls, public_url: &str, second_mirakl: bool) -> Result<Config, ConfigFault> {
    let mut text = text(urls, public_url);
    if second_mirakl {
        text.push_str(SECOND_MIRAKL_BLOCK);
    }
    parse(&text)
}

/// The twins' own credentials.
pub(crate) struct TwinSecrets;

impl Secrets for TwinSecrets {
    fn read(&self, _source: &SecretSource, place: &str) -> Result<Private<String>, ConfigFault> {
        Ok(Private::new(if place.starts_with("peoplevox") {
            sim_peoplevox::Options::default().password
        } else if place.contains(SECOND_MIRAKL) {
            SECOND_MIRAKL_KEY.to_owned()
        } else if place.starts_with("marketplacer") {
            sim_marketplacer::Options::default().seller_key
        } else {
            sim_mirakl::Options::default().api_key
        }))
    }
}
