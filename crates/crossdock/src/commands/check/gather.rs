//! What a connection says of itself: health, and the lists that go-live depends on.

use std::collections::BTreeMap;

use crossdock_connector::{Capability, Connector, Observation, Page, Read, Session};
use crossdock_model::{
    Available, Carrier, ChannelOrder, ConnectionHealth, ConnectionState, DespatchRow, Item, KitPart, Listing,
};
use jiff::SignedDuration;

use super::ask::{Asker, Stop, Used};
use super::known::Known;
use super::way::Way;

/// A list, or why there is none.
pub(super) type List<T> = Result<Listed<T>, Stop>;

/// How far back despatches are read: enough to see that they can be.
const DESPATCHES_BACK: SignedDuration = SignedDuration::from_hours(24);
/// The same for orders, whose pages are larger.
const ORDERS_BACK: SignedDuration = SignedDuration::from_hours(1);

/// A list that was read to its end.
#[derive(Debug, Clone)]
pub(super) struct Listed<T> {
    pub(super) rows: Vec<T>,
    /// Entries that could not be understood, in words.
    pub(super) unreadable: Vec<String>,
    pub(super) pages: u32,
}

/// Everything that one connection said.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    pub(super) connection: String,
    pub(super) warehouse: bool,
    /// Whether anything was sent to it at all.
    pub(super) asked: bool,
    /// The probe's verdict, or why there is none.
    pub(super) health: Result<ConnectionHealth, Stop>,
    /// What the remote has told about itself: template columns, switches.
    pub(super) facts: BTreeMap<String, String>,
    pub(super) skew: Option<SignedDuration>,
    pub(super) items: List<Item>,
    pub(super) kits: List<KitPart>,
    pub(super) carriers: List<Carrier>,
    pub(super) listings: List<Listing>,
    pub(super) available: List<Available>,
    pub(super) despatches: List<DespatchRow>,
    /// `None` when a hub that runs has read them lately, so that nobody has to ask again.
    pub(super) orders: Option<List<ChannelOrder>>,
    /// How much of each limit is used now.
    pub(super) windows: Vec<Used>,
    /// What a hub over the same configuration knows.
    pub(super) known: Known,
    /// When all this was seen.
    pub(super) at: jiff::Timestamp,
}

impl Findings {
    /// A connection that was not asked at all.
    pub(super) fn unasked(connector: &dyn Connector, because: &str, at: jiff::Timestamp) -> Self {
        let warehouse = connector.capabilities(&Session::default()).contains(&Capability::Warehouse);
        Self::blank(connector.connection().as_str(), warehouse, &Stop::Unasked(because.to_owned()), at)
    }

    /// Nothing of a connection is known.
    pub(super) fn blank(connection: &str, warehouse: bool, because: &Stop, at: jiff::Timestamp) -> Self {
        Self {
            connection: connection.to_owned(),
            warehouse,
            asked: false,
            health: Err(because.clone()),
            facts: BTreeMap::new(),
            skew: None,
            items: Err(because.clone()),
            kits: Err(because.clone()),
            carriers: Err(because.clone()),
            listings: Err(because.clone()),
            available: Err(because.clone()),
            despatches: Err(because.clone()),
            orders: Some(Err(because.clone())),
            windows: Vec::new(),
            known: Known::default(),
            at,
        }
    }
}

/// Asks a connection everything; nothing is written there.
pub(super) fn gather(connector: &dyn Connector, way: &mut dyn Way, progress: &dyn Fn(&str), known: Known) -> Findings {
    let mut findings = Findings::unasked(connector, "it was not asked", way.now());
    findings.asked = true;
    let offered = connector.reads();
    let mut asker = Asker::new(connector, way, progress, &known.used);
    findings.health = match (health(&mut asker), &known.health) {
        // What a hub saw within the limit is as good as what nobody may ask again.
        (Err(Stop::Limit(_)), Some(seen)) => Ok(seen.clone()),
        (health, _) => health,
    };
    // A refusal ends it: more calls with the same key would only look like an attack.
    let mut gone = match &findings.health {
        Ok(health) if health.state == ConnectionState::AuthFailed => {
            Some(Stop::Denied("the credentials were refused".to_owned()))
        }
        Err(stop) => Some(stop.clone()),
        Ok(_) => None,
    };
    let mut list = |read: Read, asker: &mut Asker<'_>| -> Result<(Vec<Observation>, u32), Stop> {
        if let Some(stop) = &gone {
            return Err(stop.clone());
        }
        if !offered.contains(&read.kind()) {
            return Ok((Vec::new(), 0));
        }
        asker.all(read).map(|seen| (seen.observations, seen.pages)).inspect_err(|stop| {
            if let Stop::Denied(_) = stop {
                gone = Some(stop.clone());
            }
        })
    };
    let first = Page::first;
    let now = asker.now();
    let back = |by: SignedDuration| now.saturating_sub(by).unwrap_or(now);
    findings.items = list(Read::Items { page: first() }, &mut asker).map(sorted);
    findings.kits = list(Read::Kits { page: first() }, &mut asker).map(sorted);
    findings.carriers = list(Read::Carriers { page: first() }, &mut asker).map(sorted);
    findings.listings = list(Read::Listings { page: first() }, &mut asker).map(sorted);
    findings.available = list(Read::Availability { items: Vec::new(), page: first() }, &mut asker).map(sorted);
    findings.despatches =
        list(Read::Despatches { since: back(DESPATCHES_BACK), page: first() }, &mut asker).map(sorted);
    // A running hub asks for orders every minute, which is all that some limits allow: it is not robbed of a turn.
    let read_lately =
        known.running && known.read.contains_key("orders") && !known.late.iter().any(|late| late == "orders");
    findings.orders =
        (!read_lately).then(|| list(Read::Orders { since: back(ORDERS_BACK), page: first() }, &mut asker).map(sorted));
    findings.facts = asker.facts().clone();
    findings.skew = asker.skew();
    findings.windows = asker.windows();
    findings.at = asker.now();
    findings.known = known;
    findings
}

fn health(asker: &mut Asker<'_>) -> Result<ConnectionHealth, Stop> {
    let seen = match asker.all(Read::Health { page: Page::first() }) {
        Ok(seen) => seen,
        Err(Stop::Denied(detail)) => return Ok(ConnectionHealth { state: ConnectionState::AuthFailed, detail }),
        Err(stop) => return Err(stop),
    };
    let found = seen.observations.into_iter().filter_map(|observation| match observation {
        Observation::Health(health) => Some(health),
        _ => None,
    });
    // Worse news wins when a probe of several calls says two things.
    found
        .reduce(|first, then| if then.state == ConnectionState::Live { first } else { then })
        .ok_or_else(|| Stop::Failed("the probe came to no verdict".to_owned()))
}

/// The rows of one kind in what was seen.
trait Wanted: Sized {
    fn of(observation: Observation) -> Option<Self>;
}

macro_rules! wanted {
    ($($kind:ident),*) => {
        $(impl Wanted for $kind {
            fn of(observation: Observation) -> Option<Self> {
                match observation {
                    Observation::$kind(row) => Some(row),
                    _ => None,
                }
            }
        })*
    };
}
wanted!(Item, KitPart, Carrier, Listing, Available);

impl Wanted for DespatchRow {
    fn of(observation: Observation) -> Option<Self> {
        match observation {
            Observation::Despatch(row) => Some(row),
            _ => None,
        }
    }
}

impl Wanted for ChannelOrder {
    fn of(observation: Observation) -> Option<Self> {
        match observation {
            Observation::Order { order, .. } => Some(*order),
            _ => None,
        }
    }
}

fn sorted<T: Wanted>((observations, pages): (Vec<Observation>, u32)) -> Listed<T> {
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for observation in observations {
        match observation {
            Observation::Unreadable { reason, .. } => unreadable.push(reason),
            other => rows.extend(T::of(other)),
        }
    }
    Listed { rows, unreadable, pages }
}
