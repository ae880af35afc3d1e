//! A SOAP client that knows nothing of us, against the Peoplevox simulator.

use std::ffi::OsStr;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use sim_core::{Simulated, World, WorldPlan};
use sim_peoplevox::{FieldSet, Options, PeoplevoxTwin};

use super::loopback::Loopback;
use super::{Finding, Python};

/// Runs the client once, with a saved service description or with the one that the simulator serves.
pub(super) fn check(python: &Python, description: Option<&Path>) -> Result<Finding, String> {
    let start = Timestamp::UNIX_EPOCH;
    let world = World::new(WorldPlan::new(7, start, 0, SignedDuration::from_hours(1)));
    // The saved description is older than the newest response fields, and the client is strict.
    let field_set = if description.is_some() { FieldSet::Y2016 } else { FieldSet::Recent };
    let options = Options { field_set, ..Options::default() };
    let path = format!("/{}/resources/integrationservicev4.asmx", options.client_id);
    let signed_in_as =
        ["--client-id", &options.client_id, "--user", &options.username, "--password", &options.password]
            .map(ToOwned::to_owned);
    let twin = Simulated::new(PeoplevoxTwin::new(world, options), 7);
    let server = Loopback::start(twin, start).map_err(|error| format!("cannot listen on the loopback: {error}"))?;
    let url = server.url(&path);
    let mut arguments = vec![OsStr::new(&url)];
    arguments.extend(signed_in_as.iter().map(OsStr::new));
    if let Some(description) = description {
        arguments.extend([OsStr::new("--wsdl"), description.as_os_str()]);
    }
    let found = python.judge("peoplevox_zeep.py", &arguments, "")?;
    Ok(Finding { judged: 1, ..found })
}
