//! Prints one reply of every operation as `[{"op", "status", "body"}, …]`, for `xtask/conformance/mirakl_schema.py`.

use serde_json::{Value, json};

fn main() {
    let replies: Vec<Value> = sim_mirakl::sample::sample_replies()
        .into_iter()
        .map(|(op, status, body)| json!({ "op": op, "status": status, "body": body }))
        .collect();
    println!("{}", Value::Array(replies));
}
