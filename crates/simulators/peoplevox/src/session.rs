//! Logins and sessions (contracts/peoplevox.md §1.3, §1.4).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

/// The text of a session that never was.
pub(crate) const INVALID: &str = "System : Security - Invalid Session";
/// The text of a session that has ended.
pub(crate) const EXPIRED: &str = "System : Security - Session Expired";

#[derive(Debug, Clone)]
struct Session {
    used: Timestamp,
    ended: bool,
}

/// The sessions of the tenant. Several may live side by side; whether the remote allows that is unknown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sessions {
    by_id: HashMap<String, Session>,
}

impl Sessions {
    /// Opens a session.
    pub(crate) fn open(&mut self, now: Timestamp, id: String) {
        // Sessions idle for a day are forgotten, so that a long run does not grow without end.
        self.by_id.retain(|_, session| now.duration_since(session.used) < SignedDuration::from_hours(24));
        self.by_id.insert(id, Session { used: now, ended: false });
    }

    /// Uses a session: the idle clock starts anew. `Err` is the `Detail` text of the refusal.
    pub(crate) fn touch(&mut self, now: Timestamp, id: &str, idle: SignedDuration) -> Result<(), &'static str> {
        let session = self.by_id.get_mut(id).ok_or(INVALID)?;
        if session.ended || now.duration_since(session.used) > idle {
            session.ended = true;
            return Err(EXPIRED);
        }
        session.used = now;
        Ok(())
    }

    /// Ends a session early.
    pub(crate) fn end(&mut self, id: &str) {
        if let Some(session) = self.by_id.get_mut(id) {
            session.ended = true;
        }
    }

    /// How many sessions have not been ended.
    pub(crate) fn open_count(&self) -> usize {
        self.by_id.values().filter(|session| !session.ended).count()
    }
}

/// What a password text stands for when it is Base64; line breaks inside are tolerated (§1.3).
pub(crate) fn decode_password(text: &str) -> Option<String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    String::from_utf8(STANDARD.decode(compact).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_idle_minutes_end_a_session_and_use_extends_it() {
        let start: Timestamp = "2026-11-23T06:00:00Z".parse().unwrap();
        let minute = |n| start.saturating_add(SignedDuration::from_mins(n)).unwrap();
        let idle = SignedDuration::from_mins(30);
        let mut sessions = Sessions::default();
        sessions.open(start, "a".into());
        assert_eq!(sessions.touch(minute(30), "a", idle), Ok(()));
        assert_eq!(sessions.touch(minute(60), "a", idle), Ok(()));
        assert_eq!(sessions.touch(minute(91), "a", idle), Err(EXPIRED));
        assert_eq!(sessions.touch(minute(92), "a", idle), Err(EXPIRED));
        assert_eq!(sessions.touch(minute(92), "b", idle), Err(INVALID));
    }

    #[test]
    fn a_line_break_in_the_password_is_tolerated() {
        assert_eq!(decode_password("cGFz\ncw==\n").as_deref(), Some("pass"));
        assert_eq!(decode_password("no base64!"), None);
    }
}
