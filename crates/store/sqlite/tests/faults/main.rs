//! What disks do to databases: logs torn anywhere, and bits that turn over.

mod bit_flips;
mod files;
mod support;
mod torn_log;
