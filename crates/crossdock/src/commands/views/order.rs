//! An order's page as text: the sentence on top, the three sides, what happened and what comes next.

use std::fmt::Write as _;

use crossdock_desk::{OrderPage, Side, Why};
use crossdock_model::Private;

use super::acts::typed;
use super::paper::{Paper, clean, counted, mark, shape, tone};
use super::table::Table;

/// The whole page. The caller has masked it.
pub(crate) fn text(page: &OrderPage, paper: &Paper) -> String {
    let mut out = why(&page.why, paper);
    out.push('\n');
    out.push_str(&head(page, paper));
    section(&mut out, "Three sides", &sides(page, paper).text(paper.width()));
    if let Some(disagreement) = &page.sides.disagreement {
        let _ = writeln!(out, "▲ They disagree: {}", clean(disagreement));
    }
    section(&mut out, "What happened", &steps(page, paper).text(paper.width()));
    section(&mut out, "Lines", &lines(page).text(paper.width()));
    let parcels = parcels(page, paper);
    if !parcels.is_empty() {
        section(&mut out, "Parcels", &parcels.text(paper.width()));
    }
    let calls = calls(page, paper);
    if !calls.is_empty() {
        section(&mut out, "Calls", &calls.text(paper.width()));
    }
    if !page.acts.is_empty() {
        section(&mut out, "What you can do", "");
        for (act, label) in &page.acts {
            let _ = writeln!(out, "  {}   ({})", typed(act), clean(label));
        }
    }
    out
}

/// The sentence, and what to do about it.
pub(crate) fn why(why: &Why, paper: &Paper) -> String {
    let mut out = format!("{} {}\n", shape(why.tone), clean(&why.sentence));
    // The desk's sentence mostly says what to do; then saying it again would only be noise.
    let said = why.sentence.to_lowercase();
    if let Some(fix) = why.fix.as_ref().filter(|fix| !said.contains(&fix.to_lowercase())) {
        let owner = why.owner.as_deref().map_or_else(String::new, |owner| format!(" ({})", clean(owner)));
        let _ = writeln!(out, "  Do this: {}{owner}", clean(fix));
    }
    if let Some(due) = &why.due {
        let _ = writeln!(out, "  Deadline: {}, {}", paper.time(due.at), clean(&due.words));
    }
    if why.others > 0 {
        let _ = writeln!(out, "  {} on the same cause.", counted(why.others, "other order waits", "other orders wait"));
    }
    out
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = write!(out, "\n{}\n{body}", title.to_uppercase());
}

/// The facts in one block, a name and a value on each line.
fn head(page: &OrderPage, paper: &Paper) -> String {
    let row = &page.row;
    let mut facts = vec![
        ("Order", format!("{} at {}", row.number, row.channel)),
        ("State", format!("{} {}", shape(row.tone), row.words)),
        ("Placed", format!("{}, received {}", paper.time(row.placed), paper.time(row.received))),
    ];
    let size = format!(
        "{}, {}",
        counted(row.lines as u64, "line", "lines"),
        counted(row.units.unsigned_abs(), "unit", "units")
    );
    facts.push(("Size", row.total.map_or_else(|| size.clone(), |total| format!("{size}, {total}"))));
    if let Some(number) = &page.warehouse_number {
        facts.push(("In the warehouse", number.clone()));
    }
    if !page.aliases.is_empty() {
        facts.push(("Also known as", page.aliases.join(", ")));
    }
    facts.push(("For", person(page)));
    facts.push(("To", address(page)));
    if !page.service.is_empty() {
        facts.push(("Service", page.service.clone()));
    }
    if !page.message.trim().is_empty() {
        facts.push(("Message", page.message.clone()));
    }
    let mut out = String::new();
    for (name, value) in facts {
        let _ = writeln!(out, "{name:<18}{}", clean(&value));
    }
    out
}

fn person(page: &OrderPage) -> String {
    let parts = [&page.contact.name, &page.contact.email, &page.contact.phone];
    let parts: Vec<&str> = parts.into_iter().map(Private::text).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "nobody is named".to_owned() } else { parts.join(", ") }
}

fn address(page: &OrderPage) -> String {
    let to = &page.ship_to;
    if to.is_blank() {
        return "no address is known yet".to_owned();
    }
    let parts = [&to.recipient, &to.company, &to.line1, &to.line2, &to.city, &to.region, &to.postcode];
    let mut parts: Vec<&str> = parts.into_iter().map(Private::text).filter(|part| !part.is_empty()).collect();
    if !to.country.is_empty() {
        parts.push(&to.country);
    }
    let place = if page.row.place.is_empty() { String::new() } else { format!(" ({})", page.row.place) };
    format!("{}{place}", parts.join(", "))
}

fn sides(page: &OrderPage, paper: &Paper) -> Table {
    let mut table = Table::new(["", "who", "what", "seen"]);
    let mut side = |side: &Side| {
        table.row([tone(side.tone).to_owned(), side.who.clone(), side.what.clone(), paper.maybe(side.seen)]);
    };
    side(&page.sides.channel);
    side(&page.sides.hub);
    side(&page.sides.warehouse);
    table
}

fn steps(page: &OrderPage, paper: &Paper) -> Table {
    let mut table = Table::new(["", "when", "gap", "what", "who", "detail"]);
    for step in &page.steps {
        table.row([
            mark(step.mark).to_owned(),
            step.at.map_or_else(String::new, |at| paper.second(at)),
            step.gap.clone(),
            step.text.clone(),
            step.actor.clone(),
            step.detail.clone(),
        ]);
    }
    table
}

fn lines(page: &OrderPage) -> Table {
    let mut table =
        Table::new(["#", "SKU", "item", "title", "ordered", "left", "confirmed", "problem"]).right(&[0, 4, 5, 6]);
    for line in &page.lines {
        table.row([
            line.position.to_string(),
            line.sku.clone(),
            line.item.clone().unwrap_or_else(|| "-".to_owned()),
            line.title.clone(),
            line.quantity.to_string(),
            line.despatched.to_string(),
            line.confirmed.to_string(),
            line.problem.as_ref().map_or_else(String::new, |problem| format!("■ {problem}")),
        ]);
    }
    table
}

fn parcels(page: &OrderPage, paper: &Paper) -> Table {
    let mut table = Table::new(["", "despatch", "carrier", "tracking", "left", "confirmed", "how", "holds"]);
    for parcel in &page.parcels {
        let holds: Vec<String> = parcel.items.iter().map(|(item, units)| format!("{units} × {item}")).collect();
        table.row([
            tone(parcel.tone).to_owned(),
            parcel.despatch.clone(),
            parcel.carrier.clone(),
            parcel.tracking.clone(),
            paper.time(parcel.despatched),
            paper.maybe(parcel.confirmed),
            parcel.words.clone(),
            holds.join(", "),
        ]);
    }
    table
}

fn calls(page: &OrderPage, paper: &Paper) -> Table {
    let mut table = Table::new(["", "connection", "what", "phase", "tries", "moved", "seen", "reference"]).right(&[4]);
    for call in &page.calls {
        table.row([
            tone(call.tone).to_owned(),
            call.connection.clone(),
            call.what.clone(),
            call.phase.clone(),
            call.attempts.to_string(),
            paper.time(call.moved),
            call.evidence.clone(),
            call.reference.clone(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::views::mask;
    use crate::commands::views::sample::sample;

    fn shown() -> String {
        let mut page = sample();
        mask::page(&mut page);
        text(&page, &Paper::plain("Europe/London"))
    }

    #[test]
    fn the_sentence_comes_first_and_says_who_does_what_until_when() {
        let text = shown();
        let lines: Vec<&str> = text.lines().take(4).collect();
        assert_eq!(lines[0], "■ Held: line 2 has the SKU JL-88213-NVY, which no warehouse item has.");
        assert_eq!(lines[1], "  Do this: Map the SKU to a warehouse item (Merchandising)");
        assert_eq!(lines[2], "  Deadline: 23 Nov 14:00 GMT, due in 2 h 10 m");
        assert_eq!(lines[3], "  14 other orders wait on the same cause.");
    }

    #[test]
    fn what_the_sentence_says_is_not_said_twice() {
        let mut held = sample().why;
        held.sentence.push_str(" Fix: map the SKU to a warehouse item.");
        let text = why(&held, &Paper::plain("Europe/London"));
        assert!(!text.contains("Do this") && text.contains("Deadline: 23 Nov 14:00 GMT"), "{text}");
    }

    #[test]
    fn a_page_answers_the_whole_question_in_one_place() {
        let text = shown();
        for part in [
            "THREE SIDES",
            "▲ They disagree: the marketplace waits",
            "WHAT HAPPENED",
            "23 Nov 08:02:41 GMT",
            "○ next",
            "LINES",
            "■ no warehouse item",
            "PARCELS",
            "2 × CD-10007",
            "CALLS",
            "in doubt, looking again at 08:07",
            "£84.00",
            "JLM-1042-A",
            "crossdock exceptions map-sku john-lewis JL-88213-NVY <item>   (Map SKU)",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
    }

    #[test]
    fn a_terminal_shows_neither_the_person_nor_what_the_remote_smuggled_in() {
        let text = shown();
        for secret in ["Canary", "Quay", "4AP", "07700", "ring twice", "rawdocument", "\u{1b}"] {
            assert!(!text.contains(secret), "{secret:?}:\n{text}");
        }
        assert!(text.contains("Z•••") && text.contains("LS1 •••"), "{text}");
    }

    #[test]
    fn a_hidden_address_is_said_to_be_unknown_rather_than_shown_empty() {
        let mut page = sample();
        page.ship_to = crossdock_model::Address::default();
        page.parcels.clear();
        let text = text(&page, &Paper::plain("UTC"));
        assert!(text.contains("no address is known yet") && !text.contains("PARCELS"), "{text}");
    }
}
