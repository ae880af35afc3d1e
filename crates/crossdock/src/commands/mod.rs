//! What a user runs.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod demo_check;
pub(crate) mod demo_kill;
pub(crate) mod processes;
pub(crate) mod serve;
pub(crate) mod sim;
pub(crate) mod soak;
pub(crate) mod verify;
pub(crate) mod views;

use crate::Failure;

/// The runtime that commands run in.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::bug(&error))
}

/// Waits for Ctrl-C or a termination signal.
pub(crate) async fn until_stopped() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
