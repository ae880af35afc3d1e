//! The console, asked in process.

mod asking;
mod contrast;
mod doors;
mod hostile_desk;
mod live;
mod pages;
