//! The hub's answers in a terminal: an order, a reason, and the lists of the console, with the acts that follow.
//!
//! The running hub is asked first, so that a terminal and the console never disagree; only when nothing listens is the
//! database opened here. What is shown is made from the desk's plain views. No rule and no sentence about an order is
//! made in here.

mod acts;
pub(crate) mod client;
mod lists;
mod mask;
mod order;
pub(crate) mod paper;
#[cfg(test)]
mod sample;
pub(crate) mod source;
pub(crate) mod table;

use crossdock_desk::{Act, DespatchFilter, OrderPage, StockFilter};
use serde_json::{Value, json};

use crate::Failure;
use crate::cli::{Command, Common, ListArgs};
use paper::{Paper, emit};
use source::Source;
use table::Table;

/// Carries out one of the viewing commands, or the act below it.
pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Order { id, common } => order(id, common),
        Command::Why { id, common } => why(id, common),
        Command::Exceptions { act: Some(act), list } => perform(&acts::of_exceptions(act), list),
        Command::Exceptions { act: None, list } => exceptions(list),
        Command::Stock { act: Some(_), text, only, .. } if text.is_some() || only.is_some() => {
            Err(Failure::config("--text and --only choose what a list shows. Leave them out for an act"))
        }
        Command::Stock { act: Some(act), list, .. } => perform(&acts::of_stock(act)?, list),
        Command::Stock { act: None, text, only, list } => stock(text.as_deref(), only.as_deref(), list),
        Command::Despatch { open, list } => despatches(*open, list),
        Command::Connections { act: Some(act), list } => perform(&acts::of_connections(act), list),
        Command::Connections { act: None, list } => connections(list),
        _ => Err(Failure::bug(&"this command shows nothing")),
    }
}

/// The desk and the sheet that it is written on.
fn open(common: &Common) -> Result<(Source, Paper), Failure> {
    let source = Source::open(&common.config)?;
    if let Some(note) = source.note() {
        eprintln!("crossdock: {note}");
    }
    let paper = Paper::of_stdout(source.zone());
    Ok((source, paper))
}

fn order(id: &str, common: &Common) -> Result<(), Failure> {
    let (source, paper) = open(common)?;
    match source.order(id)? {
        Ok(mut page) => {
            mask::page(&mut page);
            if common.json {
                line(&as_json::<OrderPage>(&page)?);
            } else {
                emit(&paper.coloured(&order::text(&page, &paper)));
            }
            Ok(())
        }
        Err(why) => {
            if common.json {
                line(&json!({ "error": why.sentence, "why": as_json(&why)? }));
            }
            Err(Failure::no(why.sentence))
        }
    }
}

fn why(id: &str, common: &Common) -> Result<(), Failure> {
    let (source, paper) = open(common)?;
    let why = source.why(id)?;
    if common.json {
        line(&as_json(&why)?);
    } else if why.known {
        emit(&paper.coloured(&order::why(&why, &paper)));
    }
    if why.known { Ok(()) } else { Err(Failure::no(why.sentence)) }
}

fn exceptions(args: &ListArgs) -> Result<(), Failure> {
    let (source, paper) = open(&args.common)?;
    let groups = source.exceptions()?;
    answer(
        args,
        &paper,
        || Ok(json!({ "groups": as_json(&groups)? })),
        || lists::exceptions_csv(&groups),
        || lists::exceptions(&groups, &paper),
    )
}

fn stock(text: Option<&str>, only: Option<&str>, args: &ListArgs) -> Result<(), Failure> {
    let (source, paper) = open(&args.common)?;
    let filter = StockFilter { text: text.map(str::to_owned), only: only.map(str::to_owned), page: 1 };
    let whole = args.common.json || args.csv;
    let list = source.stock(&filter, whole)?;
    answer(args, &paper, || as_json(&list), || lists::stock_csv(&list), || lists::stock(&list, &paper))
}

fn despatches(open_only: bool, args: &ListArgs) -> Result<(), Failure> {
    let (source, paper) = open(&args.common)?;
    let filter = DespatchFilter { channel: None, open: open_only, page: 1 };
    let whole = args.common.json || args.csv;
    let list = source.despatches(&filter, whole)?;
    answer(args, &paper, || as_json(&list), || lists::despatches_csv(&list), || lists::despatches(&list, &paper))
}

fn connections(args: &ListArgs) -> Result<(), Failure> {
    let (source, paper) = open(&args.common)?;
    let views = source.connections()?;
    answer(
        args,
        &paper,
        || Ok(json!({ "connections": as_json(&views)? })),
        || lists::connections_csv(&views),
        || lists::connections(&views, &paper),
    )
}

fn perform(act: &Act, args: &ListArgs) -> Result<(), Failure> {
    if args.csv {
        return Err(Failure::config("--csv is for the list. Leave it out for an act"));
    }
    let common = &args.common;
    let (source, _) = open(common)?;
    let said = source.act(act)?;
    let (done, sentence) = match &said {
        Ok(done) => (true, done.sentence.as_str()),
        Err(refused) => (false, refused.sentence.as_str()),
    };
    if common.json {
        line(&json!({ "done": done, "sentence": sentence }));
    } else if done {
        emit(&format!("{}\n", paper::clean(sentence)));
        if let Some(later) = source.later() {
            emit(&format!("{later}\n"));
        }
    }
    if done { Ok(()) } else { Err(Failure::no(paper::clean(sentence))) }
}

/// Writes a list in the form that was asked for.
fn answer(
    args: &ListArgs,
    paper: &Paper,
    json: impl FnOnce() -> Result<Value, Failure>,
    csv: impl FnOnce() -> Table,
    text: impl FnOnce() -> String,
) -> Result<(), Failure> {
    if args.common.json {
        line(&json()?);
    } else if args.csv {
        emit(&csv().csv());
    } else {
        emit(&paper.coloured(&text()));
    }
    Ok(())
}

fn as_json<T: serde::Serialize>(value: &T) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::bug(&error))
}

/// One JSON object as a line of its own.
pub(crate) fn line(value: &Value) {
    emit(&format!("{value}\n"));
}
