//! One digest over everything that happened, so that two runs can be compared (invariant I15).

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use sim_core::Answer;

/// The digest of a run so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace {
    hasher: blake3::Hasher,
    /// Where each entry is printed as well.
    told: bool,
}

impl Trace {
    /// A trace that is also printed, one line for each entry.
    pub(crate) fn told() -> Self {
        Self { told: true, ..Self::default() }
    }

    /// Takes an entry in: a word, and what belongs to it. Lengths go along, so that no two stories read alike.
    pub(crate) fn note(&mut self, at: Timestamp, word: &str, parts: &[&[u8]]) {
        self.hasher.update(&at.as_nanosecond().to_le_bytes());
        for part in std::iter::once(word.as_bytes()).chain(parts.iter().copied()) {
            self.hasher.update(&(part.len() as u64).to_le_bytes());
            self.hasher.update(part);
        }
        if self.told {
            let shown: Vec<String> = parts.iter().map(|part| shown(part)).collect();
            eprintln!("{at} {word} {}", shown.join(" | "));
        }
    }

    pub(crate) fn call(&mut self, at: Timestamp, connection: &str, request: &Request<Bytes>) {
        let (method, uri) = (request.method().as_str(), request.uri().to_string());
        self.note(at, "call", &[connection.as_bytes(), method.as_bytes(), uri.as_bytes(), request.body()]);
    }

    pub(crate) fn answer(&mut self, at: Timestamp, answer: &Answer) {
        match answer {
            Answer::Reply(reply) => self.reply(at, reply),
            Answer::Lost => self.note(at, "lost", &[]),
            Answer::Refused => self.note(at, "refused", &[]),
        }
    }

    fn reply(&mut self, at: Timestamp, reply: &Response<Bytes>) {
        self.note(at, "reply", &[reply.status().as_str().as_bytes(), reply.body()]);
    }

    /// The digest.
    pub(crate) fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}

fn shown(part: &[u8]) -> String {
    const MOST: usize = 600;
    let text = String::from_utf8_lossy(part);
    let line: String = text.chars().take(MOST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if text.len() > MOST { format!("{line}…") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_stories_have_equal_digests_and_a_word_moved_is_another_story() {
        let hash = |parts: &[&[u8]]| {
            let mut trace = Trace::default();
            trace.note(Timestamp::UNIX_EPOCH, "act", parts);
            trace.hash()
        };
        assert_eq!(hash(&[b"ab", b"c"]), hash(&[b"ab", b"c"]));
        assert_ne!(hash(&[b"ab", b"c"]), hash(&[b"a", b"bc"]));
        assert_ne!(hash(&[b"ab", b"c"]), Trace::default().hash());
    }
}
