//! The console over made-up but lifelike data, to look at while working on it:
//! `cargo run -p crossdock-console --example console_preview -- 7070`, then <http://127.0.0.1:7070>.
//!
//! `--empty` shows what a new installation shows; `--token WORD` guards it.

mod data;
mod desk;
mod orders;

use std::sync::Arc;

use crossdock_console::{ConsoleSettings, Delivery, Door, router};
use crossdock_desk::Desk;

/// Takes every delivery to one connection and no other.
struct OneDoor;

impl Door for OneDoor {
    fn deliver(&self, delivery: Delivery) -> u16 {
        if delivery.connection == "john-lewis" { 200 } else { 404 }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = arguments.first().and_then(|port| port.parse().ok()).unwrap_or(7070_u16);
    let empty = arguments.iter().any(|argument| argument == "--empty");
    let token = arguments
        .iter()
        .position(|argument| argument == "--token")
        .and_then(|at| arguments.get(at + 1))
        .map(|token| token.clone().into());
    let desk: Arc<dyn Desk> = if empty { Arc::new(desk::Preview::empty()) } else { Arc::new(desk::Preview::busy()) };
    let settings = ConsoleSettings { hosts: Vec::new(), token };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://127.0.0.1:{port}");
    axum::serve(listener, router(desk, Arc::new(OneDoor), settings)).await
}
