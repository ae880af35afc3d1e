//! `cargo xtask crash`: the real program, a real database, simulators in another process, load, and SIGKILL at random
//! moments, half of them while a commit is being written. At the end of each world the judge reads the simulators' logs.
//!
//! The work is `crossdock demo --check --kill`; here it is built, run for as many worlds as it takes, and added up.

use std::process::Stdio;

use serde_json::{Map, Value, json};

use crate::workspace;

/// Kills in one world: about one in a quarter of an hour of its day.
const IN_A_WORLD: u32 = 40;

/// Orders of a world.
const ORDERS: u32 = 120;

/// Every fault of the simulators strikes this often besides.
const FAULTS: &str = "0.01";

pub(crate) fn run(rounds: u32, seed: u64, json: bool) -> Result<(), String> {
    let program = workspace::release_program()?;
    let mut sums = Sums::default();
    let mut left = rounds;
    let mut world = seed;
    while left > 0 {
        let kills = left.min(IN_A_WORLD);
        eprintln!("world {world}: {kills} kills, {left} to go");
        let output = std::process::Command::new(&program)
            .args(["demo", "--check", "--json", "--faults", FAULTS])
            .args(["--kill", &kills.to_string(), "--orders", &ORDERS.to_string(), "--seed", &world.to_string()])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cannot start crossdock: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().rev().find(|line| line.starts_with('{')).unwrap_or_default();
        let verdict: Value = serde_json::from_str(line).map_err(|error| format!("world {world}: {error}: {text}"))?;
        sums.add(world, kills, &verdict);
        left -= kills;
        world += 1;
    }
    let found = sums.json();
    println!("{}", if json { found.to_string() } else { format!("{found:#}") });
    if sums.bad() == 0 { Ok(()) } else { Err(format!("the sides disagree: {:?}", sums.findings)) }
}

/// What of a verdict is a count of things that went wrong.
const WRONG: [&str; 7] = [
    "lost",
    "duplicated",
    "wrong_lines",
    "unconfirmed_parcels",
    "invented_shipments",
    "stock_mismatches",
    "windows_exceeded",
];

/// And what is a count of things that went well.
const WELL: [&str; 3] = ["orders", "in_warehouse", "confirmed"];

/// The sum over all worlds.
#[derive(Default)]
struct Sums {
    rounds: u32,
    worlds: u32,
    counts: Map<String, Value>,
    findings: Vec<String>,
}

impl Sums {
    fn add(&mut self, world: u64, kills: u32, verdict: &Value) {
        self.rounds += kills;
        self.worlds += 1;
        for name in WELL.iter().chain(&WRONG) {
            let sum = self.count(name) + verdict[*name].as_u64().unwrap_or(0);
            self.counts.insert((*name).to_owned(), json!(sum));
        }
        let findings = verdict["findings"].as_array().into_iter().flatten().filter_map(Value::as_str);
        self.findings.extend(findings.map(|text| format!("seed {world}: {text}")));
    }

    fn count(&self, name: &str) -> u64 {
        self.counts.get(name).and_then(Value::as_u64).unwrap_or(0)
    }

    fn bad(&self) -> u64 {
        WRONG.iter().map(|name| self.count(name)).sum()
    }

    fn json(&self) -> Value {
        let mut all = Map::new();
        all.insert("rounds".to_owned(), json!(self.rounds));
        all.insert("worlds".to_owned(), json!(self.worlds));
        all.extend(self.counts.clone());
        all.insert("findings".to_owned(), json!(self.findings));
        Value::Object(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worlds_are_added_up_and_whatever_went_wrong_in_one_of_them_counts() {
        let mut sums = Sums::default();
        sums.add(7, 40, &json!({ "orders": 100, "confirmed": 98, "lost": 0, "findings": [] }));
        assert_eq!(sums.bad(), 0);
        sums.add(8, 10, &json!({ "orders": 50, "lost": 1, "duplicated": 2, "findings": ["it is nowhere"] }));
        let found = sums.json();
        assert_eq!(
            (found["rounds"].as_u64(), found["orders"].as_u64(), found["lost"].as_u64()),
            (Some(50), Some(150), Some(1))
        );
        assert_eq!(sums.bad(), 3);
        assert_eq!(found["findings"][0], "seed 8: it is nowhere");
    }
}
