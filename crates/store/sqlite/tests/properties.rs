//! What holds for every journal, text and count (`reliability.md` §4, T9).

use std::collections::BTreeSet;
use std::path::Path;

use crossdock_model::MerchantId;
use crossdock_store::{FlowKind, JournalEntry, NewFlow, Store};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::Timestamp;
use prop_kit::{cases, sample, text, word};
use proptest::prelude::*;
use rusqlite::{Connection, params};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn open(path: &Path) -> Box<dyn Store> {
    Box::new(SqliteStore::open(path, &MerchantId::new("acme").unwrap(), SqliteOptions::default()).unwrap())
}

fn order(key: &str) -> NewFlow {
    NewFlow { kind: FlowKind::Order, key: key.to_owned(), connection: "john-lewis".to_owned(), parent: None }
}

fn entry() -> impl Strategy<Value = JournalEntry> {
    (0_i64..4_000_000_000, word(), word(), text(), text()).prop_map(|(second, actor, kind, text, detail)| {
        JournalEntry { at: Timestamp::from_second(second).unwrap(), actor, kind, text, detail }
    })
}

/// C26, I9: a journal of any texts reads back as it was written and verifies; each single change of a stored byte, a line
/// that is gone, doubled or in another place is found, and the first bad line is named.
#[test]
fn prop_i9_every_change_of_a_stored_journal_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let journals = sample(&prop::collection::vec(entry(), 2..6), 40);
    let db = open(&path);
    let mut flows = Vec::new();
    for (number, lines) in journals.iter().enumerate() {
        let (order, lines) = (order(&number.to_string()), lines.clone());
        let flow = db
            .change(move |tx| {
                let flow = tx.insert_flow(&order, NOW)?;
                // In two commits, as a flow does.
                let (first, rest) = lines.split_at(1);
                tx.append_journal(flow.id, first)?;
                tx.append_journal(flow.id, rest)?;
                Ok(flow.id)
            })
            .unwrap();
        flows.push(flow);
    }
    for (flow, lines) in flows.iter().zip(&journals) {
        let read = db.ask(|tx| tx.journal(*flow)).unwrap();
        assert!(read.iter().map(|row| &row.entry).eq(lines));
        assert_eq!(db.ask(|tx| tx.verify_journal(*flow)).unwrap(), None);
    }
    drop(db);
    // Each flow is spoilt in a way of its own.
    let raw = Connection::open(&path).unwrap();
    let mut expected = Vec::new();
    for (number, flow) in flows.iter().enumerate() {
        let last = i64::try_from(journals[number].len()).unwrap();
        let line = 1 + i64::try_from(number).unwrap() % last;
        let (sql, first_bad) = match number % 7 {
            0 => ("UPDATE journal SET text = text || ' ' WHERE flow = ?1 AND seq = ?2", line),
            1 => ("UPDATE journal SET actor = 'x' || actor WHERE flow = ?1 AND seq = ?2", line),
            2 => ("UPDATE journal SET at = at + 1 WHERE flow = ?1 AND seq = ?2", line),
            3 => ("DELETE FROM journal WHERE flow = ?1 AND seq = ?2", line),
            4 => ("UPDATE journal SET kind = detail, detail = kind || '.' WHERE flow = ?1 AND seq = ?2", line),
            5 => ("UPDATE journal SET hash = zeroblob(32) WHERE flow = ?1 AND seq = ?2", line),
            // Everything from a line on is cut off: no chain alone would notice.
            _ => ("DELETE FROM journal WHERE flow = ?1 AND seq >= ?2", line),
        };
        assert!(raw.execute(sql, params![flow, line]).unwrap() > 0, "{sql}");
        expected.push(first_bad);
    }
    drop(raw);
    let db = open(&path);
    for (number, (flow, first_bad)) in flows.iter().zip(expected).enumerate() {
        let found = db.ask(|tx| tx.verify_journal(*flow)).unwrap();
        assert_eq!(found, Some(first_bad), "change {} of flow {flow}", number % 7);
    }
}

/// A081: an order is found by the beginning of each of its terms, whatever these are, and by no other text.
#[test]
fn prop_an_order_is_found_by_the_beginning_of_its_terms_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("hub.db"));
    let term = prop_oneof![2 => word(), 1 => text(), 1 => "[ab\u{10FFFF}]{1,4}"];
    let orders = sample(&prop::collection::vec(term, 1..4), 120);
    let stored: Vec<Vec<String>> = orders
        .iter()
        .map(|terms| terms.iter().map(|term| term.trim().to_lowercase()).filter(|term| !term.is_empty()).collect())
        .collect();
    let mut flows = Vec::new();
    for (number, terms) in orders.iter().enumerate() {
        let (order, terms) = (order(&number.to_string()), terms.clone());
        let flow = db.change(move |tx| {
            let flow = tx.insert_flow(&order, NOW)?;
            tx.add_terms(flow.id, &terms)?;
            Ok(flow.id)
        });
        flows.push(flow.unwrap());
    }
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for term in stored.iter().flatten() {
        let letters: Vec<char> = term.chars().collect();
        asked.extend((1..=letters.len()).map(|end| letters[..end].iter().collect::<String>()));
    }
    assert!(asked.len() > 300);
    for text in asked {
        let wanted = text.trim().to_lowercase();
        if wanted.is_empty() {
            continue;
        }
        let found: BTreeSet<i64> = db.ask(|tx| tx.find(&text, 1_000)).unwrap().iter().map(|flow| flow.id).collect();
        let expected: BTreeSet<i64> = flows
            .iter()
            .zip(&stored)
            .filter(|(_, terms)| terms.iter().any(|term| term.starts_with(&wanted)))
            .map(|(flow, _)| *flow)
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

/// I8: what was seen of a thing is new once for each content, however often and in whatever order others are seen.
#[test]
fn prop_i8_a_document_is_new_once_for_each_content() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("hub.db"));
    let seen = sample(&(0_u8..4, word(), 0_u8..3), 400);
    let mut last: std::collections::BTreeMap<(u8, String), u8> = std::collections::BTreeMap::new();
    for (source, id, hash) in seen {
        let (from, name, content) = (source.to_string(), id.clone(), hash.to_string());
        let new = db.change(move |tx| tx.see(&from, &name, &content, NOW)).unwrap();
        assert_eq!(new, last.insert((source, id), hash) != Some(hash));
    }
}

/// R1: a business key is planned once, whoever plans it again with whatever else.
#[test]
fn prop_r1_a_business_key_is_planned_once_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let mut known = BTreeSet::new();
    for round in 0..3 {
        let db = open(&path);
        for (key, object) in sample(&(prop_oneof![text(), word()], word()), 150) {
            let effect = crossdock_store::NewEffect {
                connection: "peoplevox".to_owned(),
                kind: "create_order".to_owned(),
                key: key.clone(),
                flow: None,
                object,
                priority: 0,
                deadline: None,
                stage: String::new(),
                operation: format!("{{\"round\":{round}}}"),
                not_before: NOW,
            };
            let planned = db.change(move |tx| tx.plan_effect(&effect, NOW)).unwrap();
            assert_eq!(planned.is_some(), known.insert(key.clone()), "{key:?}");
            let stored = db.ask(|tx| tx.effect_by_key(&key)).unwrap().unwrap();
            assert_eq!(db.ask(|tx| tx.operation(stored.id)).unwrap().as_deref(), Some("{\"round\":0}"));
        }
    }
}

/// Everything that text is made of comes back out of the file as it went in.
#[test]
fn prop_every_text_is_kept_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hub.db");
    let texts = sample(&text(), 300);
    let db = open(&path);
    let given = texts.clone();
    let flow = db
        .change(move |tx| {
            let flow = tx.insert_flow(&order("all"), NOW)?;
            for text in &given {
                tx.keep_raw(flow.id, text.as_bytes(), NOW)?;
            }
            Ok(flow.id)
        })
        .unwrap();
    drop(db);
    let db = open(&path);
    let last = db.ask(|tx| tx.raw_of(flow)).unwrap().unwrap();
    assert_eq!(last, texts.last().unwrap().as_bytes());
    for (number, text) in texts.iter().enumerate().take(50) {
        let key = format!("{number}/{text}");
        let order = order(&key);
        db.change(move |tx| tx.insert_flow(&order, NOW)).unwrap();
        assert_eq!(db.ask(|tx| tx.flow_by_key(FlowKind::Order, &key)).unwrap().unwrap().key, key);
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// C33: bytes that are no database of ours are refused, whatever they are.
    #[test]
    fn prop_a_file_that_is_no_database_is_refused_and_left_alone(bytes in prop::collection::vec(any::<u8>(), 1..4_096)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.db");
        std::fs::write(&path, &bytes).unwrap();
        let opened = SqliteStore::open(&path, &MerchantId::new("acme").unwrap(), SqliteOptions::default());
        prop_assert!(opened.is_err());
        prop_assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
