//! The form that carries an act: which fields a person fills, which travel along unseen, what the button says.

use crossdock_desk::{Act, AddressParts, ExceptionGroup};
use crossdock_model::Private;

use crate::html::{channel, counted};

/// A field that a person fills.
pub(crate) struct Field {
    /// Its name in the form.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// What it holds at first.
    pub(crate) value: String,
    /// An example.
    pub(crate) hint: &'static str,
    /// Whether it must be filled.
    pub(crate) required: bool,
    /// `text` or `number`.
    pub(crate) kind: &'static str,
}

/// A form for one act.
pub(crate) struct ActForm {
    /// The act's name.
    pub(crate) act: &'static str,
    /// What travels along.
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// What a person fills.
    pub(crate) fields: Vec<Field>,
    /// The button.
    pub(crate) button: String,
    /// What will happen, in one sentence.
    pub(crate) promise: String,
}

impl ActForm {
    /// The form of an act that the desk offers, with the desk's label on its button.
    pub(crate) fn new(act: &Act, button: &str) -> Self {
        let required = |name, label, value: &str, hint| Field {
            name,
            label,
            value: value.to_owned(),
            hint,
            required: true,
            kind: "text",
        };
        let optional = |name, label, value: &Private<String>| Field {
            name,
            label,
            value: value.text().to_owned(),
            hint: "as it is",
            required: false,
            kind: "text",
        };
        let (act, hidden, fields, promise) = match act {
            Act::MapSku { connection, sku, item } => (
                "map_sku",
                vec![("connection", connection.clone()), ("sku", sku.clone())],
                vec![required("item", "Warehouse item", item, "item code in the warehouse")],
                format!(
                    "From now on {sku} at {} is this item. Orders and stock that wait on it go on by themselves.",
                    channel(connection)
                ),
            ),
            Act::MapCarrier { connection, carrier, code } => (
                "map_carrier",
                vec![("connection", connection.clone()), ("carrier", carrier.clone())],
                vec![required("code", "Carrier code", code, "code in the channel's list")],
                format!(
                    "From now on {carrier} is this carrier at {}. Despatches that wait on it are confirmed by themselves.",
                    channel(connection)
                ),
            ),
            Act::CorrectAddress { order, parts } => (
                "correct_address",
                vec![("order", order.clone())],
                vec![
                    optional("recipient", "Name", &parts.recipient),
                    optional("company", "Company", &parts.company),
                    optional("line1", "First line", &parts.line1),
                    optional("line2", "Second line", &parts.line2),
                    optional("city", "Town", &parts.city),
                    optional("region", "Region", &parts.region),
                    optional("postcode", "Postcode", &parts.postcode),
                    optional("country", "Country", &parts.country),
                ],
                "Empty fields stay as they are; a single dash empties one. The order is checked again at once; what the \
                 marketplace sent is kept."
                    .to_owned(),
            ),
            Act::Replay { order } => (
                "replay",
                vec![("order", order.clone())],
                Vec::new(),
                "Checked again now, with today's settings. Nothing is sent twice.".to_owned(),
            ),
            Act::ReleaseGuard { connection } => (
                "release_guard",
                vec![("connection", connection.clone())],
                Vec::new(),
                format!("Sends the figures to {} as they stand now. Check them first.", channel(connection)),
            ),
            Act::Reconnect { connection } => (
                "reconnect",
                vec![("connection", connection.clone())],
                Vec::new(),
                format!("Asks {} again with the credentials in the settings.", channel(connection)),
            ),
            Act::ReleaseRestored => (
                "release_restored",
                Vec::new(),
                Vec::new(),
                "Compare the newest orders on all sides first. Everything is looked up again before it is sent."
                    .to_owned(),
            ),
            Act::SetBuffer { connection, units } => (
                "set_buffer",
                vec![("connection", connection.clone())],
                vec![Field {
                    name: "units",
                    label: "Units kept back",
                    value: units.to_string(),
                    hint: "0",
                    required: true,
                    kind: "number",
                }],
                "Every figure of the channel is computed again at once.".to_owned(),
            ),
        };
        Self { act, hidden, fields, button: button.to_owned(), promise }
    }

    /// The one form that fixes a whole group of exceptions; `None` when each needs its own.
    pub(crate) fn for_group(group: &ExceptionGroup) -> Option<Self> {
        let mut parts = group.fingerprint.splitn(3, '/').skip(1);
        let first = group.exceptions.first();
        let connection = parts
            .next()
            .filter(|part| !part.is_empty())
            .or_else(|| first.map(|exception| exception.connection.as_str()))
            .unwrap_or_default()
            .to_owned();
        let subject = parts.next().unwrap_or_default().to_owned();
        let mut orders: Vec<&str> = group
            .exceptions
            .iter()
            .map(|exception| exception.order.as_str())
            .filter(|order| !order.is_empty())
            .collect();
        orders.dedup();
        let family = group.cause.split('.').next().unwrap_or_default();
        let act = match family {
            "sku" if !subject.is_empty() => Act::MapSku { connection, sku: subject, item: String::new() },
            "carrier" if !subject.is_empty() => Act::MapCarrier { connection, carrier: subject, code: String::new() },
            "address" => match orders.as_slice() {
                [only] => Act::CorrectAddress { order: (*only).to_owned(), parts: AddressParts::default() },
                _ => return None,
            },
            _ if group.cause == "hub.restored" => Act::ReleaseRestored,
            _ if group.cause.contains("guard") => Act::ReleaseGuard { connection },
            "connection" | "auth" => Act::Reconnect { connection },
            _ => return Self::replay(&orders),
        };
        let button = match &act {
            Act::MapSku { .. } => "Map SKU".to_owned(),
            Act::MapCarrier { .. } => "Map carrier".to_owned(),
            Act::CorrectAddress { .. } => "Correct address".to_owned(),
            Act::ReleaseGuard { .. } => "Let it go out".to_owned(),
            Act::ReleaseRestored => "Let it write again".to_owned(),
            _ => "Try again".to_owned(),
        };
        Some(Self::new(&act, &button))
    }

    /// Takes all orders of a group up again.
    fn replay(orders: &[&str]) -> Option<Self> {
        let first = orders.first()?;
        let button = match orders.len() {
            1 => "Try again".to_owned(),
            n => format!("Try all {} again", counted(n, "order", "orders")),
        };
        let mut form = Self::new(&Act::Replay { order: (*first).to_owned() }, &button);
        form.hidden = orders.iter().map(|order| ("order", (*order).to_owned())).collect();
        Some(form)
    }
}

#[cfg(test)]
mod tests {
    use crossdock_desk::{ExceptionGroup, ExceptionView, Tone};
    use jiff::Timestamp;

    use super::ActForm;

    fn group(cause: &str, fingerprint: &str, orders: &[&str]) -> ExceptionGroup {
        ExceptionGroup {
            fingerprint: fingerprint.to_owned(),
            cause: cause.to_owned(),
            sentence: String::new(),
            next_action: String::new(),
            owner: String::new(),
            tone: Tone::Risk,
            count: 1,
            at_risk: None,
            first_due: None,
            first_seen: Timestamp::UNIX_EPOCH,
            last_seen: Timestamp::UNIX_EPOCH,
            per_hour: Vec::new(),
            exceptions: orders
                .iter()
                .map(|order| ExceptionView {
                    id: 1,
                    order: (*order).to_owned(),
                    connection: "john-lewis".to_owned(),
                    detail: String::new(),
                    opened: Timestamp::UNIX_EPOCH,
                    due: None,
                    at_risk: None,
                })
                .collect(),
        }
    }

    fn form(cause: &str, fingerprint: &str, orders: &[&str]) -> Option<(&'static str, Vec<(&'static str, String)>)> {
        ActForm::for_group(&group(cause, fingerprint, orders)).map(|form| (form.act, form.hidden))
    }

    #[test]
    fn one_form_fixes_every_order_that_waits_on_an_unknown_sku() {
        // B055-like groups: the SKU itself may hold a slash.
        let (act, hidden) = form("sku.unknown", "sku.unknown/john-lewis/A/B 1", &["1", "2"]).unwrap();
        assert_eq!(act, "map_sku");
        assert_eq!(hidden, [("connection", "john-lewis".to_owned()), ("sku", "A/B 1".to_owned())]);
    }

    #[test]
    fn addresses_are_corrected_one_by_one() {
        assert_eq!(form("address.postcode", "address.postcode/john-lewis/x", &["1"]).unwrap().0, "correct_address");
        assert!(form("address.postcode", "address.postcode/john-lewis", &["1", "2"]).is_none());
    }

    #[test]
    fn guards_connections_and_all_others_have_their_act() {
        assert_eq!(form("stock.guard", "stock.guard/john-lewis", &[""]).unwrap().0, "release_guard");
        assert_eq!(form("connection.auth", "connection.auth", &[""]).unwrap().1[0].1, "john-lewis");
        assert_eq!(form("hub.restored", "hub.restored/peoplevox", &[""]).unwrap(), ("release_restored", Vec::new()));
        let (act, hidden) = form("order.in_doubt", "order.in_doubt/peoplevox", &["1", "2"]).unwrap();
        assert_eq!((act, hidden.len()), ("replay", 2));
        assert!(form("feed.quiet", "feed.quiet/x", &[""]).is_none());
    }
}
