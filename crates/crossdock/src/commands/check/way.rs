//! How calls leave and time passes: over the network here, through a simulated world in tests.

use std::time::Duration;

use bytes::Bytes;
use crossdock_connector::{Call, SendError};
use crossdock_transport::HttpTransport;
use jiff::Timestamp;

use crate::Failure;
use crate::clock::Clock;
use crate::wire::Route;

/// The world outside.
pub(super) trait Way {
    /// The moment.
    fn now(&self) -> Timestamp;
    /// Makes a call and waits for its reply.
    fn send(&mut self, call: &Call) -> Result<http::Response<Bytes>, SendError>;
    /// Waits until a moment.
    fn wait_until(&mut self, moment: Timestamp);
}

/// The network.
pub(super) struct HttpWay {
    transport: HttpTransport,
    runtime: tokio::runtime::Runtime,
    clock: Clock,
    timeout: Duration,
}

impl HttpWay {
    /// A way to a connection; the inner error says why its base URL cannot be used.
    pub(super) fn new(route: &Route, clock: Clock) -> Result<Result<Self, String>, Failure> {
        let timeout = Duration::from_secs(route.timeout_seconds.max(1));
        let transport = match HttpTransport::new(&route.base_url, timeout) {
            Ok(transport) => transport,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| Failure::bug(&error))?;
        Ok(Ok(Self { transport, runtime, clock, timeout }))
    }
}

impl Way for HttpWay {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn send(&mut self, call: &Call) -> Result<http::Response<Bytes>, SendError> {
        self.runtime.block_on(self.transport.send(call, self.timeout))
    }

    fn wait_until(&mut self, moment: Timestamp) {
        let left = self.clock.until(moment);
        // The timer needs the runtime around it when it is made, not only when it is awaited.
        self.runtime.block_on(async { tokio::time::sleep(left).await });
    }
}
