//! What every handler shares.

use std::sync::{Arc, Mutex};

use crossdock_desk::{Desk, DeskError};
use crossdock_model::Private;
use tokio::sync::Semaphore;

use crate::door::Door;
use crate::frame::Gathered;
use crate::page::Failure;

/// Pages that may listen for changes at the same time.
const WATCHERS: usize = 256;

/// Webhook deliveries that may be under way at the same time.
const DELIVERIES: usize = 64;

/// How the console is reached and who may use it.
#[derive(Debug, Clone, Default)]
pub struct ConsoleSettings {
    /// Host names, without port, under which the console answers besides the loopback ones (`localhost`, `127.0.0.1`,
    /// `[::1]`). Requests for any other name are refused, so that a foreign page cannot reach a console on this machine
    /// by pointing its own name at it. Webhook intake and the health check answer under every name.
    pub hosts: Vec<String>,
    /// When set, every page and the JSON API ask for it; without it the console is for loopback only, and says so.
    pub token: Option<Private<String>>,
}

/// Shared state.
pub(crate) struct App {
    pub(crate) desk: Arc<dyn Desk>,
    pub(crate) door: Arc<dyn Door>,
    pub(crate) settings: ConsoleSettings,
    pub(crate) gathered: Mutex<Option<Arc<Gathered>>>,
    pub(crate) watchers: Arc<Semaphore>,
    pub(crate) deliveries: Semaphore,
}

impl App {
    pub(crate) fn new(desk: Arc<dyn Desk>, door: Arc<dyn Door>, settings: ConsoleSettings) -> Self {
        Self {
            desk,
            door,
            settings,
            gathered: Mutex::new(None),
            watchers: Arc::new(Semaphore::new(WATCHERS)),
            deliveries: Semaphore::new(DELIVERIES),
        }
    }

    /// Asks the desk where blocking is allowed.
    pub(crate) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        question: impl FnOnce(&Self) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = Arc::clone(self);
        match tokio::task::spawn_blocking(move || question(&app)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::Lost),
        }
    }
}
