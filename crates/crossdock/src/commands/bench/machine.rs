//! What the figures were measured on.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::{rounded, seconds};
use crate::Failure;
use crate::clock::Clock;

/// How many writes the latency is the median of.
const SYNCS: usize = 200;

/// The file system below the folder for temporary files, and how long it takes to make 4 kB durable there.
pub(super) fn disk() -> Result<Value, Failure> {
    let failed = |error: std::io::Error| Failure::bug(&error);
    let folder = tempfile::tempdir().map_err(failed)?;
    let mut file = File::create(folder.path().join("sync")).map_err(failed)?;
    let clock = Clock::real();
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let begin = clock.now();
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).map_err(failed)?;
        times.push(seconds(clock, begin));
    }
    times.sort_unstable_by(f64::total_cmp);
    let median = times.get(SYNCS / 2).copied().unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let (device, kind) = mount(&mounts, folder.path());
    Ok(json!({ "device": device, "type": kind, "fsync_ms": rounded(median * 1e3, 3) }))
}

/// Device and type of the file system that a path lies on, from the lines of `/proc/self/mountinfo`.
fn mount(mounts: &str, path: &Path) -> (String, String) {
    let entries = mounts.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?;
        let mut right = right.split(' ');
        let (kind, device) = (right.next()?, right.next()?);
        path.starts_with(point).then_some((point.len(), device, kind))
    });
    let nearest = entries.max_by_key(|(length, ..)| *length);
    nearest.map_or_else(Default::default, |(_, device, kind)| (device.to_owned(), kind.to_owned()))
}

/// How many threads run at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The processor's own name.
pub(super) fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("model name"));
    line.map_or_else(String::new, |line| line.trim_start_matches([' ', '\t', ':']).to_owned())
}

/// A figure of `/proc/{process}/status` in megabytes: `VmHWM` is the most so far, `VmRSS` what is resident now.
pub(super) fn memory(process: &str, field: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
    let kilobytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_on_the_nearest_mount_above_it() {
        let mounts = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                      30 22 0:25 / /tmp rw shared:5 - tmpfs tmpfs rw\n\
                      31 22 8:2 / /tmpfiles rw - xfs /dev/sda2 rw\n";
        assert_eq!(mount(mounts, Path::new("/tmp/a/b")), ("tmpfs".to_owned(), "tmpfs".to_owned()));
        assert_eq!(mount(mounts, Path::new("/var")), ("/dev/sda1".to_owned(), "ext4".to_owned()));
        assert_eq!(mount("", Path::new("/var")), (String::new(), String::new()));
    }

    #[test]
    fn this_process_has_memory() {
        assert!(memory("self", "VmRSS").is_some_and(|megabytes| megabytes > 0.0));
        assert_eq!(memory("self", "VmNothing"), None);
    }
}
