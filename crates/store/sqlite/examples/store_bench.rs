//! Prints the store's figures (design §6): `cargo run --release -p crossdock-store-sqlite --example store_bench [PART...]`,
//! where the parts are `steps`, `webhooks`, `stock` and `orders`; all of them when none is named.
//!
//! It makes a database with a million orders, a million items and a million listings in a temporary folder and times what
//! the hub does with them.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use crossdock_model::{Available, Item, Listing, MerchantId};
use crossdock_store::{
    FlowFilter, FlowKind, JournalEntry, NewEffect, NewFlow, Phase, StockQuery, StockUpdate, Store, StoreError,
};
use crossdock_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::Timestamp;

/// `change` and `ask` are methods of the owned trait object.
type Db = dyn Store;
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// One part of the bench.
type Part = fn(&Db) -> Outcome;

const MILLION: usize = 1_000_000;
const STATES: [&str; 6] = ["received", "checked", "in_warehouse", "despatched", "confirmed", "held"];
const CHANNELS: [&str; 2] = ["john-lewis", "marketplacer"];

fn main() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    let merchant = MerchantId::new("acme")?;
    let store: Box<Db> = Box::new(SqliteStore::open(&path, &merchant, SqliteOptions::default())?);
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let parts: [(&str, Part); 4] = [("steps", steps), ("webhooks", webhooks), ("stock", stock), ("orders", orders)];
    for (name, part) in parts {
        if chosen.is_empty() || chosen.iter().any(|wanted| wanted == name) {
            part(&*store)?;
        }
    }
    drop(store);
    start(&path, &merchant)?;
    println!("{:<58} {:>9} MB", "peak memory of this process", peak_megabytes());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn timed<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let (begin, processor) = (Instant::now(), processor_milliseconds());
    let result = work()?;
    let processor = processor_milliseconds() - processor;
    println!("{what:<58} {:>9.1} ms  {processor:>6} ms of processor", milliseconds(begin.elapsed()));
    Ok(result)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn report(what: &str, time: Duration) {
    println!("{what:<58} {:>9.1} ms", milliseconds(time));
}

/// What the process has used so far, in steps of 10 ms: on a busy machine the fairer figure.
fn processor_milliseconds() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u64>().ok());
    ticks.sum::<u64>() * 10
}

fn moment(second: usize) -> Outcome<Timestamp> {
    Ok(Timestamp::from_second(1_780_000_000 + i64::try_from(second)?)?)
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

fn line(at: Timestamp, text: &str) -> JournalEntry {
    JournalEntry { at, actor: "hub".to_owned(), kind: "moved".to_owned(), text: text.to_owned(), detail: String::new() }
}

/// 100 flows a commit: each with its state, its effect and two lines of journal.
fn steps(store: &Db) -> Outcome {
    let now = moment(0)?;
    let flows = 20_000_usize;
    let data = "x".repeat(1_500);
    let ids = store.change(move |tx| {
        let mut ids = Vec::new();
        for number in 0..flows {
            let flow = tx.insert_flow(&new_flow(&format!("step/{number}")), now)?;
            let effect = tx.plan_effect(&new_effect(flow.id, now), now)?;
            ids.push((flow.id, effect.unwrap_or_default()));
        }
        Ok(ids)
    })?;
    #[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
    let begin = Instant::now();
    for chunk in ids.chunks(100) {
        let (chunk, data) = (chunk.to_vec(), data.clone());
        store.change(move |tx| {
            for (flow, effect) in chunk {
                let (Some(mut flow), Some(mut effect)) = (tx.flow(flow)?, tx.effect(effect)?) else {
                    return Err(StoreError::Bug("the bench lost its rows".to_owned()));
                };
                "in_warehouse".clone_into(&mut flow.state);
                flow.data.clone_from(&data);
                flow.deadline = Some(now);
                flow.milestones.in_warehouse = Some(now);
                tx.update_flow(&mut flow, now)?;
                tx.append_journal(flow.id, &[line(now, "created in the warehouse"), line(now, "read back")])?;
                effect.phase = Phase::Confirmed;
                tx.move_effect(&effect, Phase::Planned, 0, now)?;
            }
            Ok(())
        })?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{:<58} {:>9.0} flows/s",
        "steps of 100 (flow, effect, 2 lines) a commit",
        f64::from(u32::try_from(flows)?) / seconds
    );
    Ok(())
}

/// Single small commits by 16 callers at a time.
fn webhooks(store: &Db) -> Outcome {
    let now = moment(0)?;
    let (callers, each) = (16_usize, 250_usize);
    #[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
    let begin = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers)
            .map(|caller| {
                scope.spawn(move || {
                    (0..each)
                        .map(|number| {
                            #[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
                            let begin = Instant::now();
                            let id = format!("{caller}/{number}");
                            let seen = store.change(move |tx| tx.see("webhook", &id, "hash", now));
                            seen.map(|_| begin.elapsed())
                        })
                        .collect::<Result<Vec<_>, _>>()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| "a caller panicked")?.map_err(Into::into))
            .collect::<Outcome<Vec<Vec<Duration>>>>()
    })?
    .into_iter()
    .flatten()
    .collect();
    let seconds = begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let per_second = f64::from(u32::try_from(times.len())?) / seconds;
    println!("{:<58} {per_second:>9.0} commits/s", "durable single changes, 16 callers");
    report("  p50", times[times.len() / 2]);
    report("  p99", times[times.len() * 99 / 100]);
    Ok(())
}

fn code(number: usize) -> String {
    format!("SKU-{number:07}")
}

fn figures(add: i64) -> Vec<Available> {
    let figure =
        |number: usize| Available { item: code(number), available: i64::try_from(number % 97).unwrap_or(0) + add };
    (0..MILLION).map(figure).collect()
}

fn stock(store: &Db) -> Outcome {
    let now = moment(0)?;
    for from in (0..MILLION).step_by(10_000) {
        store.change(move |tx| {
            let item = |number| Item {
                code: code(number),
                name: format!("A cushion of the kind number {number}"),
                barcode: format!("50{number:011}"),
                active: true,
            };
            let items: Vec<Item> = (from..from + 10_000).map(item).collect();
            tx.put_items(&items, now)
        })?;
    }
    let later = moment(60)?;
    let first = figures(0);
    timed("put_available, 1 M rows, all new", || Ok(store.change(move |tx| tx.put_available(&first, now))?))?;
    let same = figures(0);
    timed("put_available, 1 M rows, unchanged (<= 1,200)", || {
        Ok(store.change(move |tx| tx.put_available(&same, later))?)
    })?;
    let other = figures(1);
    timed("put_available, 1 M rows, all changed (<= 3,000)", || {
        Ok(store.change(move |tx| tx.put_available(&other, later))?)
    })?;
    let few: Vec<Available> = figures(2).into_iter().step_by(250_000).collect();
    timed("put_available, 4 rows of 1 M", || Ok(store.change(move |tx| tx.put_available(&few, later))?))?;

    timed("put_listings, 1 M new ones in pages of 10,000", || {
        for from in (0..MILLION).step_by(10_000) {
            store.change(move |tx| {
                let listing = |number| Listing {
                    id: code(number),
                    sku: code(number),
                    title: format!("A cushion of the kind number {number}"),
                    published: 1,
                    active: true,
                    inactive_because: String::new(),
                };
                let listings: Vec<Listing> = (from..from + 10_000).map(listing).collect();
                tx.put_listings("john-lewis", &listings, now, now)
            })?;
        }
        Ok(())
    })?;
    let update = |desired: i64| {
        let one = move |number| StockUpdate {
            connection: "john-lewis".to_owned(),
            listing: code(number),
            desired,
            again: false,
        };
        (0..MILLION).map(one).collect::<Vec<_>>()
    };
    let updates = update(7);
    timed("set_desired, 1 M, all become dirty (<= 2,500)", || Ok(store.change(move |tx| tx.set_desired(&updates))?))?;
    let updates = update(8);
    timed("set_desired, 1 M, all changed, dirty before", || Ok(store.change(move |tx| tx.set_desired(&updates))?))?;
    let updates = update(8);
    timed("set_desired, 1 M, unchanged", || Ok(store.change(move |tx| tx.set_desired(&updates))?))?;
    let mut updates = update(9);
    updates.sort_by_cached_key(|update| blake3_order(&update.listing));
    timed("set_desired, 1 M, all changed, any order", || Ok(store.change(move |tx| tx.set_desired(&updates))?))?;
    timed("the first read (opens a connection)", || Ok(store.ask(|tx| tx.setting("any"))?))?;
    timed("dirty_listings, 1,000 of 1 M", || Ok(store.ask(|tx| tx.dirty_listings("john-lewis", 1_000))?))?;
    timed("stock_counts over 1 M listings", || Ok(store.ask(|tx| tx.stock_counts(now))?))?;
    timed("similar_items over 1 M items", || Ok(store.ask(|tx| tx.similar_items("999999", 5))?))?;
    for only in [None, Some("waiting"), Some("differ"), Some("unmapped"), Some("withheld")] {
        let query = StockQuery { only: only.map(ToOwned::to_owned), limit: 50, ..StockQuery::default() };
        timed(&format!("stock_page, only {only:?}, 1 M items"), || Ok(store.ask(|tx| tx.stock_page(&query))?))?;
    }
    let query = StockQuery { text: Some("sku-00123".to_owned()), limit: 50, ..StockQuery::default() };
    timed("stock_page by text, 1 M items", || Ok(store.ask(|tx| tx.stock_page(&query))?))?;
    Ok(())
}

/// An order that has nothing to do with the key's.
fn blake3_order(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn new_flow(key: &str) -> NewFlow {
    NewFlow { kind: FlowKind::Order, key: key.to_owned(), connection: "john-lewis".to_owned(), parent: None }
}

fn new_effect(flow: i64, now: Timestamp) -> NewEffect {
    NewEffect {
        connection: "peoplevox".to_owned(),
        kind: "create_order".to_owned(),
        key: format!("create/{flow}"),
        flow: Some(flow),
        object: format!("order/{flow}"),
        priority: 3,
        deadline: None,
        stage: "look".to_owned(),
        operation: "{}".repeat(400),
        not_before: now,
    }
}

fn orders(store: &Db) -> Outcome {
    let data = "x".repeat(1_200);
    timed("a million orders with terms and a line each", || {
        for from in (0..MILLION).step_by(5_000) {
            let data = data.clone();
            let at = moment(from)?;
            store.change(move |tx| {
                for number in from..from + 5_000 {
                    let mut flow = tx.insert_flow(
                        &NewFlow {
                            connection: CHANNELS[number % 2].to_owned(),
                            ..new_flow(&format!("order/{number}"))
                        },
                        at,
                    )?;
                    flow.number = format!("C{number:08}-A");
                    STATES[number % STATES.len()].clone_into(&mut flow.state);
                    flow.cause = (number % 600 == 5).then(|| "sku_unmapped".to_owned());
                    flow.deadline = Some(at);
                    flow.milestones.in_warehouse = Some(at);
                    flow.data.clone_from(&data);
                    tx.update_flow(&mut flow, at)?;
                    tx.add_terms(flow.id, &[flow.number.clone(), format!("pv{number}")])?;
                    tx.append_journal(flow.id, &[line(at, "received")])?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;

    timed("find, exact", || Ok(store.ask(|tx| tx.find("C00500000-A", 20))?))?;
    timed("find, a prefix of 100 (<= 50)", || Ok(store.ask(|tx| tx.find("c005000", 20))?))?;
    timed("find, a prefix of 1 M (<= 50)", || Ok(store.ask(|tx| tx.find("c", 20))?))?;
    let page = FlowFilter { limit: 50, ..FlowFilter::default() };
    let due = Some(moment(500_000)?);
    let soon = Some(moment(2_000)?);
    let filters = [
        ("all", page.clone()),
        ("all by deadline", FlowFilter { by_deadline: true, ..page.clone() }),
        (
            "not confirmed, offset 5,000",
            FlowFilter { not_states: vec!["confirmed".to_owned()], offset: 5_000, ..page.clone() },
        ),
        (
            "one state and connection",
            FlowFilter { states: vec!["held".to_owned()], connection: Some("marketplacer".to_owned()), ..page.clone() },
        ),
        ("due, many", FlowFilter { due_before: due, ..page.clone() }),
        ("due, few", FlowFilter { due_before: soon, ..page.clone() }),
        ("due by deadline", FlowFilter { due_before: due, by_deadline: true, ..page.clone() }),
        ("a cause (1,667 flows)", FlowFilter { cause: Some("sku_unmapped".to_owned()), ..page.clone() }),
        ("a term of 1,000", FlowFilter { term: Some("c00500".to_owned()), ..page.clone() }),
        ("a term of 1 M", FlowFilter { term: Some("c".to_owned()), ..page.clone() }),
    ];
    for (name, filter) in filters {
        timed(&format!("list_flows, {name} (<= 50)"), || Ok(store.ask(|tx| tx.list_flows(FlowKind::Order, &filter))?))?;
    }
    timed("count_states, all of 1 M", || Ok(store.ask(|tx| tx.count_states(FlowKind::Order, None))?))?;
    let day = moment(MILLION - 86_400)?;
    timed("count_states, newest 86,400", || Ok(store.ask(|tx| tx.count_states(FlowKind::Order, Some(day)))?))?;
    timed("count_milestones, newest 86,400", || Ok(store.ask(|tx| tx.count_milestones(FlowKind::Order, day))?))?;
    timed("per_hour, newest 86,400", || Ok(store.ask(|tx| tx.per_hour(FlowKind::Order, day))?))?;
    timed("spread_to_warehouse", || Ok(store.ask(|tx| tx.spread_to_warehouse(day))?))?;
    Ok(())
}

fn start(path: &Path, merchant: &MerchantId) -> Outcome {
    let megabytes = std::fs::metadata(path)?.len() / 1_048_576;
    timed(&format!("open a database of {megabytes} MB (<= 150)"), || {
        Ok(SqliteStore::open(path, merchant, SqliteOptions::default())?)
    })?;
    Ok(())
}
