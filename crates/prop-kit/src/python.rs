//! Python as a second opinion.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs the body of a Python function of one argument, `given`, and returns what it returns. Only Python's own modules;
/// `csv`, `io`, `json` and `xml.etree.ElementTree as etree` are there.
///
/// # Panics
///
/// Where `python3` is missing or the script fails: a second opinion that was not heard must not count as agreement.
pub fn python(body: &str, given: &Value) -> Value {
    let mut script = String::from(
        "import csv, io, json, sys\nimport xml.etree.ElementTree as etree\ncsv.field_size_limit(2 ** 30)\ndef run(given):\n",
    );
    for line in body.lines() {
        script.push_str("    ");
        script.push_str(line);
        script.push('\n');
    }
    script.push_str("json.dump(run(json.load(sys.stdin)), sys.stdout)\n");
    let child = Command::new("python3")
        .args(["-I", "-X", "utf8", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| panic!("python3 cannot be run: {error}"));
    // Python reads everything before it writes anything, so neither waits for the other.
    if let Some(mut input) = child.stdin.take() {
        input
            .write_all(given.to_string().as_bytes())
            .unwrap_or_else(|error| panic!("python3 does not listen: {error}"));
    }
    let output = child.wait_with_output().unwrap_or_else(|error| panic!("python3 does not answer: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "python3 fails: {complaint}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("python3 answers no JSON: {error}"))
}
