//! Drives twins and hub from one thread on a virtual clock: no waiting, no sockets, the same story for the same seed.

use bytes::Bytes;
use crossdock_connector::{Reply, SendError};
use crossdock_engine::{Hub, LaneTurn, WebhookDelivery};
use crossdock_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use sim_core::{Answer, Outbound};

use super::Twins;

/// A world and a hub on one clock.
pub(crate) struct VirtualDrive {
    pub(crate) twins: Twins,
    pub(crate) hub: Hub,
    pub(crate) now: Timestamp,
    /// Calls made per connection.
    pub(crate) calls: u64,
    /// How long a reply takes.
    pub(crate) latency: SignedDuration,
}

impl VirtualDrive {
    pub(crate) fn new(twins: Twins, hub: Hub, now: Timestamp) -> Self {
        Self { twins, hub, now, calls: 0, latency: SignedDuration::ZERO }
    }

    /// Does everything that is due now and moves the clock to the next moment that matters, at most to `until`.
    pub(crate) fn step(&mut self, until: Timestamp) -> Result<(), StoreError> {
        let mut next = until;
        for index in 0..self.twins.hosts.len() {
            if let Some((_, host)) = self.twins.hosts.get_mut(index)
                && let Some(at) = host.tick(self.now)
            {
                next = next.min(at);
            }
            self.deliver(index);
        }
        for connection in self.hub.connections() {
            if let Some(at) = self.lane(&connection)? {
                next = next.min(at);
            }
        }
        if let Some(at) = self.hub.turn(self.now)? {
            next = next.min(at);
        }
        // What the calls set in motion may be due at once: a millisecond is the finest grain of this world.
        let least = self.now.saturating_add(SignedDuration::from_millis(1)).unwrap_or(until);
        self.now = next.max(least).min(until.max(least));
        Ok(())
    }

    /// Runs until a moment.
    pub(crate) fn run_until(&mut self, until: Timestamp) -> Result<(), StoreError> {
        while self.now < until {
            self.step(until)?;
        }
        Ok(())
    }

    /// All the calls that a lane may make now. Returns when it wants to be asked again.
    fn lane(&mut self, connection: &str) -> Result<Option<Timestamp>, StoreError> {
        loop {
            match self.hub.next_call(connection, self.now)? {
                LaneTurn::Idle(at) => return Ok(at.filter(|at| *at > self.now)),
                LaneTurn::Call(outgoing) => {
                    self.calls += 1;
                    let Some(host) = self.twins.host(connection) else { return Ok(None) };
                    let result = match host.serve(self.now, &outgoing.call.request) {
                        Answer::Reply(response) => Ok(Reply { response, at: self.now }),
                        Answer::Lost => Err(SendError::Lost("the simulated line went dead".to_owned())),
                        Answer::Refused => Err(SendError::NotSent("the simulated remote refused".to_owned())),
                    };
                    self.now = self.now.saturating_add(self.latency).unwrap_or(self.now);
                    self.hub.completed(connection, outgoing.ticket, result, self.now)?;
                }
            }
        }
    }

    /// Delivers what a twin wants to tell the hub.
    fn deliver(&mut self, index: usize) {
        let now = self.now;
        let Some((_, host)) = self.twins.hosts.get_mut(index) else { return };
        for Outbound { id, request, .. } in host.take_outbound(now) {
            let status = delivery(&request).map(|delivery| self.hub.deliver(&delivery, now));
            host.delivered(now, id, status.or(Some(404)));
        }
    }
}

/// A twin's request as the door sees it: `…/in/{connection}/{event}/{token}`.
pub(crate) fn delivery(request: &http::Request<Bytes>) -> Option<WebhookDelivery> {
    let mut parts = request.uri().path().strip_prefix("/in/")?.splitn(3, '/');
    Some(WebhookDelivery {
        method: request.method().clone(),
        connection: parts.next()?.to_owned(),
        event: parts.next()?.to_owned(),
        token: parts.next()?.to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        headers: request.headers().clone(),
        body: request.body().clone(),
    })
}
