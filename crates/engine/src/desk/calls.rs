//! Remote writes as people read them.

use crossdock_desk::{CallView, QueueView, Tone};
use crossdock_store::{EffectRow, Phase, QueueCount};

use super::view::View;
use super::words;

/// One remote write.
pub(super) fn call(view: &View<'_>, effect: &EffectRow) -> CallView {
    let (phase, tone) = phase(view, effect);
    CallView {
        reference: effect.key.clone(),
        connection: effect.connection.clone(),
        what: what(&effect.kind, &view.title(&effect.connection)),
        phase,
        stage: effect.stage.replace(['-', '_'], " "),
        attempts: effect.attempt,
        planned: effect.created,
        moved: effect.updated,
        evidence: effect.evidence.clone(),
        tone,
    }
}

fn what(kind: &str, title: &str) -> String {
    match kind {
        "create_order" => "create the warehouse order".to_owned(),
        "accept_order" => format!("accept the order at {title}"),
        "confirm_despatch" => format!("record the parcel at {title}"),
        "set_stock" => format!("publish stock at {title}"),
        "watch" => format!("ask {title} to tell of changes"),
        other => other.replace('_', " "),
    }
}

fn phase(view: &View<'_>, effect: &EffectRow) -> (String, Tone) {
    let later =
        (effect.not_before > view.now).then(|| words::clock(effect.not_before, view.now, &view.inner.settings.zone));
    let moment = later.as_ref().map_or_else(|| "now".to_owned(), |at| format!("at {at}"));
    match effect.phase {
        Phase::Planned | Phase::Armed if effect.failures > 0 => (format!("trying again {moment}"), Tone::Risk),
        Phase::Planned => ("waits to be sent".to_owned(), Tone::Waiting),
        Phase::Armed if later.is_some() => (format!("goes on {moment}"), Tone::Waiting),
        Phase::Armed => ("under way".to_owned(), Tone::Waiting),
        Phase::Sending => ("being sent".to_owned(), Tone::Waiting),
        Phase::Unknown => (format!("in doubt, looking again {moment}"), Tone::Risk),
        Phase::Confirmed => ("confirmed".to_owned(), Tone::Ok),
        Phase::Rejected => ("refused".to_owned(), Tone::Broken),
        Phase::Held => ("held for a person".to_owned(), Tone::Broken),
        Phase::Superseded => ("overtaken by a newer one".to_owned(), Tone::Ok),
    }
}

/// What waits to be sent, of one kind.
pub(super) fn queue(count: &QueueCount) -> QueueView {
    QueueView { what: count.kind.replace('_', " "), waiting: count.waiting, in_doubt: count.in_doubt, held: count.held }
}
