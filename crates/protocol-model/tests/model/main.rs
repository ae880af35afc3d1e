//! What the protocol promises, searched in full; and what each of its rules is for.

mod guards;
mod holds;
mod limits;
mod worlds;
