//! From an act on the command line to the desk's act, and back to the line that a person can type.

use crossdock_desk::{Act, AddressParts};

use crate::Failure;
use crate::cli::{ActCommand, ConnectionCommand, StockCommand};

/// The act below `crossdock exceptions`.
pub(crate) fn of_exceptions(command: &ActCommand) -> Act {
    match command {
        ActCommand::MapSku { connection, sku, item } => {
            Act::MapSku { connection: connection.clone(), sku: sku.clone(), item: item.clone() }
        }
        ActCommand::MapCarrier { connection, carrier, code } => {
            Act::MapCarrier { connection: connection.clone(), carrier: carrier.clone(), code: code.clone() }
        }
        ActCommand::CorrectAddress { order, recipient, company, line1, line2, city, region, postcode, country } => {
            let part = |given: &Option<String>| given.as_deref().unwrap_or_default().into();
            let parts = AddressParts {
                recipient: part(recipient),
                company: part(company),
                line1: part(line1),
                line2: part(line2),
                city: part(city),
                region: part(region),
                postcode: part(postcode),
                country: part(country),
            };
            Act::CorrectAddress { order: order.clone(), parts }
        }
        ActCommand::Replay { order } => Act::Replay { order: order.clone() },
    }
}

/// The act below `crossdock stock`.
pub(crate) fn of_stock(command: &StockCommand) -> Result<Act, Failure> {
    match command {
        StockCommand::Release { connection } => Ok(Act::ReleaseGuard { connection: connection.clone() }),
        StockCommand::Buffer { units, .. } if *units < 0 => {
            Err(Failure::config("the buffer is a whole number of units, 0 or more"))
        }
        StockCommand::Buffer { connection, units } => {
            Ok(Act::SetBuffer { connection: connection.clone(), units: *units })
        }
    }
}

/// The act below `crossdock connections`.
pub(crate) fn of_connections(command: &ConnectionCommand) -> Act {
    match command {
        ConnectionCommand::Retry { connection } => Act::Reconnect { connection: connection.clone() },
        ConnectionCommand::ReleaseRestored => Act::ReleaseRestored,
    }
}

/// What to type for an act; `<…>` stands for what a person has to choose.
pub(crate) fn typed(act: &Act) -> String {
    let words: Vec<String> = match act {
        Act::MapSku { connection, sku, item } => {
            vec!["exceptions map-sku".to_owned(), word(connection), word(sku), chosen(item, "<item>")]
        }
        Act::MapCarrier { connection, carrier, code } => {
            vec!["exceptions map-carrier".to_owned(), word(connection), word(carrier), chosen(code, "<code>")]
        }
        Act::CorrectAddress { order, .. } => {
            vec![
                "exceptions correct-address".to_owned(),
                word(order),
                "[--name …] [--company …] [--line1 …] [--line2 …] [--city …] [--region …] [--postcode …] [--country …]"
                    .to_owned(),
            ]
        }
        Act::Replay { order } => vec!["exceptions replay".to_owned(), word(order)],
        Act::ReleaseGuard { connection } => vec!["stock release".to_owned(), word(connection)],
        Act::Reconnect { connection } => vec!["connections retry".to_owned(), word(connection)],
        Act::ReleaseRestored => vec!["connections release-restored".to_owned()],
        Act::SetBuffer { connection, units } => {
            vec!["stock buffer".to_owned(), word(connection), units.to_string()]
        }
    };
    format!("crossdock {}", words.join(" "))
}

fn chosen(value: &str, placeholder: &str) -> String {
    if value.trim().is_empty() { placeholder.to_owned() } else { word(value) }
}

/// A word as a shell takes it, in quotes where it needs them: SKUs hold spaces, ampersands and worse.
fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use crossdock_model::Private;

    use super::*;

    #[test]
    fn what_is_suggested_can_be_typed_and_means_the_same_act() {
        use clap::Parser as _;
        let acts = [
            Act::MapSku { connection: "john-lewis".into(), sku: "JL 88'213 & Co".into(), item: "CD-10007".into() },
            Act::MapCarrier { connection: "john-lewis".into(), carrier: "Royal Mail".into(), code: "rm".into() },
            Act::Replay { order: "JL-1042-A".into() },
        ];
        for act in acts {
            let line = typed(&act);
            let words = split(&line);
            let cli = crate::cli::Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
            let crate::cli::Command::Exceptions { act: Some(command), .. } = cli.command else { panic!("{line}") };
            assert_eq!(of_exceptions(&command), act, "{line}");
        }
    }

    /// What a shell makes of a line, as far as [`word`] writes one.
    fn split(line: &str) -> Vec<String> {
        let (mut words, mut word, mut inside) = (Vec::new(), String::new(), false);
        let mut letters = line.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => inside = !inside,
                '\\' if !inside => word.extend(letters.next()),
                ' ' if !inside => words.push(std::mem::take(&mut word)),
                other => word.push(other),
            }
        }
        words.push(word);
        words
    }

    #[test]
    fn what_a_person_has_to_choose_is_marked() {
        let act = Act::MapSku { connection: "john-lewis".into(), sku: "A".into(), item: String::new() };
        assert_eq!(typed(&act), "crossdock exceptions map-sku john-lewis A <item>");
        let parts = AddressParts { line1: "7 Quay Street".into(), ..AddressParts::default() };
        let correct = typed(&Act::CorrectAddress { order: "JL-1".into(), parts });
        assert!(correct.contains("JL-1 [--name …]") && !correct.contains("Quay"), "{correct}");
        assert!(word("$(reboot)").starts_with('\''));
    }

    #[test]
    fn every_part_of_an_address_has_its_flag_and_a_dash_is_a_value() {
        use clap::Parser as _;
        let line = "crossdock exceptions correct-address JL-1 --name Zoe --company - --line1 a --line2 b --city c \
                    --region d --postcode e --country Ireland";
        let cli = crate::cli::Cli::try_parse_from(line.split(' ')).unwrap();
        let crate::cli::Command::Exceptions { act: Some(command), .. } = cli.command else { panic!("{line}") };
        let Act::CorrectAddress { order, parts } = of_exceptions(&command) else { panic!("{command:?}") };
        let typed = [
            parts.recipient,
            parts.company,
            parts.line1,
            parts.line2,
            parts.city,
            parts.region,
            parts.postcode,
            parts.country,
        ];
        assert_eq!(order, "JL-1");
        assert_eq!(typed.each_ref().map(Private::text), ["Zoe", "-", "a", "b", "c", "d", "e", "Ireland"]);
        let nothing = crate::cli::Cli::try_parse_from("crossdock exceptions correct-address JL-1".split(' '));
        assert!(nothing.is_err(), "a correction of nothing");
    }

    #[test]
    fn a_negative_buffer_is_refused_before_anything_is_asked() {
        let command = |units| StockCommand::Buffer { connection: "john-lewis".into(), units };
        assert!(of_stock(&command(-1)).is_err());
        let act = of_stock(&command(3)).unwrap();
        assert_eq!(act, Act::SetBuffer { connection: "john-lewis".into(), units: 3 });
    }
}
