//! What the desk says and does, over a real database and a fake remote.

mod acts;
mod kit;
mod views;
