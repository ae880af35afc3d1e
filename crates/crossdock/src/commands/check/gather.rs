//! What a connection says of itself: health, and the lists that go-live depends on.

use std::collections::BTreeMap;

use crossdock_connector::{Capability, Connector, Observation, Page, Read, Session};
use crossdock_model::{Carrier, ConnectionHealth, ConnectionState, Item, KitPart, Listing};
use jiff::SignedDuration;

use super::ask::{Asker, Stop};
use super::way::Way;

/// A list, or why there is none.
pub(super) type List<T> = Result<Listed<T>, String>;

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
    pub(super) health: Result<ConnectionHealth, String>,
    /// What the remote has told about itself: template columns, switches.
    pub(super) facts: BTreeMap<String, String>,
    pub(super) skew: Option<SignedDuration>,
    pub(super) items: List<Item>,
    pub(super) kits: List<KitPart>,
    pub(super) carriers: List<Carrier>,
    pub(super) listings: List<Listing>,
}

impl Findings {
    /// A connection that was not asked at all.
    pub(super) fn unasked(connector: &dyn Connector, because: &str) -> Self {
        Self {
            connection: connector.connection().to_string(),
            warehouse: connector.capabilities(&Session::default()).contains(&Capability::Warehouse),
            asked: false,
            health: Err(because.to_owned()),
            facts: BTreeMap::new(),
            skew: None,
            items: Err(because.to_owned()),
            kits: Err(because.to_owned()),
            carriers: Err(because.to_owned()),
            listings: Err(because.to_owned()),
        }
    }
}

/// Asks a connection everything; nothing is written there.
pub(super) fn gather(connector: &dyn Connector, way: &mut dyn Way, progress: &dyn Fn(&str)) -> Findings {
    let mut findings = Findings::unasked(connector, "it was not asked");
    findings.asked = true;
    let offered = connector.reads();
    let mut asker = Asker::new(connector, way, progress);
    findings.health = health(&mut asker);
    // A refusal ends it: more calls with the same key would only look like an attack.
    let refused = match &findings.health {
        Ok(health) if health.state == ConnectionState::AuthFailed => Some("the credentials were refused".to_owned()),
        Err(problem) => Some(problem.clone()),
        Ok(_) => None,
    };
    let mut gone = refused;
    let mut list = |read: Read, asker: &mut Asker<'_>| -> Result<(Vec<Observation>, u32), String> {
        if let Some(problem) = &gone {
            return Err(problem.clone());
        }
        if !offered.contains(&read.kind()) {
            return Ok((Vec::new(), 0));
        }
        asker.all(read).map(|seen| (seen.observations, seen.pages)).map_err(|stop| {
            if let Stop::Denied(text) = &stop {
                gone = Some(text.clone());
            }
            stop.text().to_owned()
        })
    };
    let first = Page::first;
    findings.items = list(Read::Items { page: first() }, &mut asker).map(sorted);
    findings.kits = list(Read::Kits { page: first() }, &mut asker).map(sorted);
    findings.carriers = list(Read::Carriers { page: first() }, &mut asker).map(sorted);
    findings.listings = list(Read::Listings { page: first() }, &mut asker).map(sorted);
    findings.facts = asker.facts().clone();
    findings.skew = asker.skew();
    findings
}

fn health(asker: &mut Asker<'_>) -> Result<ConnectionHealth, String> {
    let seen = match asker.all(Read::Health { page: Page::first() }) {
        Ok(seen) => seen,
        Err(Stop::Denied(detail)) => return Ok(ConnectionHealth { state: ConnectionState::AuthFailed, detail }),
        Err(Stop::Failed(text)) => return Err(text),
    };
    let found = seen.observations.into_iter().filter_map(|observation| match observation {
        Observation::Health(health) => Some(health),
        _ => None,
    });
    // Worse news wins when a probe of several calls says two things.
    found
        .reduce(|first, then| if then.state == ConnectionState::Live { first } else { then })
        .ok_or_else(|| "the probe came to no verdict".to_owned())
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
wanted!(Item, KitPart, Carrier, Listing);

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
