//! What is kept of a configuration each time a hub is served from it: that it changed, and which keys (the beginning of `F86`).
//!
//! Names only. Values stay in the file: what the file says today can be read there, and the history must hold nothing that
//! somebody would have to blacken before showing it.

use std::collections::BTreeMap;

use crossdock_store::{StoreError, Tx};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// The setting whose history has one line for each load: `{"loaded", "digest", "changed"}`.
const LOADED: &str = "configuration";
/// The setting that holds a digest per key of the last load, to find what the next one changes.
const KEYS: &str = "configuration.keys";
/// Who changes settings by changing the file.
const ACTOR: &str = "configuration";

/// What is remembered of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Print {
    /// SHA-256 of the file, as `sha256sum` prints it.
    digest: String,
    /// A digest of each value, by the key's full name.
    keys: BTreeMap<String, String>,
}

impl Print {
    /// Of a file's text. A text that is no TOML has no keys.
    pub(super) fn of(text: &str) -> Self {
        let mut keys = BTreeMap::new();
        if let Ok(table) = text.parse::<toml::Table>() {
            flatten("", &toml::Value::Table(table), &mut keys);
        }
        Self { digest: hex(text.as_bytes()), keys }
    }
}

/// Writes down that a hub runs on this configuration from now on. Returns the keys that are new, gone or have another
/// value than at the load before; at the first load of all, every key that is set.
pub(crate) fn note(tx: &mut dyn Tx, print: &Print, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let before: BTreeMap<String, String> =
        tx.setting(KEYS)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let names: std::collections::BTreeSet<&String> = before.keys().chain(print.keys.keys()).collect();
    let changed: Vec<String> =
        names.into_iter().filter(|name| before.get(*name) != print.keys.get(*name)).cloned().collect();
    // The moment makes each load a line of its own: a value that stays the same leaves no line.
    let line = json!({ "loaded": now.to_string(), "digest": print.digest, "changed": changed });
    tx.put_setting(LOADED, &line.to_string(), ACTOR, now)?;
    tx.put_setting(KEYS, &json!(print.keys).to_string(), ACTOR, now)?;
    Ok(changed)
}

/// Every value by its full name; a table of an array goes by its own `name`, so that another order changes nothing.
fn flatten(place: &str, value: &toml::Value, keys: &mut BTreeMap<String, String>) {
    let join = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, value)| flatten(&join(name), value, keys)),
        toml::Value::Array(array) if array.iter().any(toml::Value::is_table) => {
            for (number, value) in array.iter().enumerate() {
                let name = value.get("name").and_then(toml::Value::as_str);
                flatten(&join(name.unwrap_or(&(number + 1).to_string())), value, keys);
            }
        }
        value => {
            // Sixteen digits tell two values apart and give none of them away.
            let digest = hex(serde_json::to_string(value).unwrap_or_default().as_bytes()).chars().take(16).collect();
            keys.insert(place.to_owned(), digest);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crossdock_model::MerchantId;
    use crossdock_store::Store;
    use crossdock_store_sqlite::{SqliteOptions, SqliteStore};

    use super::*;

    const TEXT: &str = "listen = \"127.0.0.1:1\"\n[[mirakl]]\nname = \"jl\"\napi_key = { env = \"JL_KEY\" }\n\
                        [mirakl.stock]\nbuffer = 1\n[[mirakl]]\nname = \"bq\"\nstock = { buffer = 2 }\n";

    fn store(folder: &tempfile::TempDir) -> Arc<dyn Store> {
        let merchant = MerchantId::new("acme").unwrap();
        Arc::new(SqliteStore::open(&folder.path().join("x.db"), &merchant, SqliteOptions::default()).unwrap())
    }

    fn load(store: &Arc<dyn Store>, text: &str, second: i64) -> Vec<String> {
        let print = Print::of(text);
        let now = Timestamp::from_second(second).unwrap();
        store.change(move |tx| note(tx, &print, now)).unwrap()
    }

    fn last(store: &Arc<dyn Store>) -> serde_json::Value {
        serde_json::from_str(&store.ask(|tx| tx.setting(LOADED)).unwrap().unwrap()).unwrap()
    }

    #[test]
    fn each_load_leaves_its_digest_and_the_names_of_what_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let all = ["listen", "mirakl.bq.name", "mirakl.bq.stock.buffer", "mirakl.jl.api_key.env", "mirakl.jl.name"];
        let first = load(&store, TEXT, 1);
        assert!(all.iter().all(|key| first.iter().any(|changed| changed == key)), "{first:?}");

        let before = last(&store);
        assert!(load(&store, TEXT, 2).is_empty());
        let again = last(&store);
        assert_eq!(again["digest"], before["digest"]);
        assert_ne!(again["loaded"], before["loaded"], "the same file, loaded again, is a line of its own");

        let text = TEXT.replace("buffer = 2", "buffer = 3").replace("listen = \"127.0.0.1:1\"\n", "");
        assert_eq!(load(&store, &text, 3), ["listen", "mirakl.bq.stock.buffer"]);
        assert_eq!(last(&store)["changed"], json!(["listen", "mirakl.bq.stock.buffer"]));
        assert_ne!(last(&store)["digest"], before["digest"]);
    }

    #[test]
    fn the_order_of_blocks_and_comments_change_no_key() {
        let blocks: Vec<&str> = TEXT.split("[[mirakl]]").collect();
        let turned = format!("{}# a remark\n[[mirakl]]{}[[mirakl]]{}", blocks[0], blocks[2], blocks[1]);
        assert_eq!(Print::of(&turned).keys, Print::of(TEXT).keys);
        assert_ne!(Print::of(&turned).digest, Print::of(TEXT).digest);
    }

    #[test]
    fn no_value_is_kept() {
        let kept = format!("{:?}", Print::of(TEXT));
        assert!(!kept.contains("127.0.0.1") && !kept.contains("JL_KEY"), "{kept}");
    }

    #[test]
    fn the_digest_is_what_sha256sum_says() {
        assert_eq!(Print::of("").digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
