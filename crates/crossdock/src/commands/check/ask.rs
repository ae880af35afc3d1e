//! One connection, read page by page: log in once, stay within the limits, stop at a refusal.

use std::collections::BTreeMap;

use crossdock_connector::{Call, Connector, Failure, Observation, Read, ReadReply, Reply, Session};
use jiff::{SignedDuration, Timestamp};

use super::meter::Meter;
use super::way::Way;

/// How often a question without a usable answer is repeated.
const REPEATS: u32 = 2;
/// The pause before the first repeat; it grows with each.
const PAUSE: SignedDuration = SignedDuration::from_secs(2);
/// A remote that asks to slow down without saying for how long.
const UNSAID: SignedDuration = SignedDuration::from_secs(60);
/// Nobody waits longer than this for one call; some limits allow one call a day.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// A list that has more pages than this does not end.
const MOST_PAGES: u32 = 5_000;

/// Why an answer is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nothing was sent.
    Unasked(String),
    /// No usable answer came, however often it was asked.
    Unreached(String),
    /// The credentials were refused, with the remote's words. Nothing more is asked.
    Denied(String),
    /// A published limit is used up for longer than anybody waits.
    Limit(String),
    /// The remote answered, and the answer is no.
    Failed(String),
}

impl Stop {
    /// Its words.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Unasked(text)
            | Self::Unreached(text)
            | Self::Denied(text)
            | Self::Limit(text)
            | Self::Failed(text) => text,
        }
    }

    /// The same, said of something that follows from it.
    pub(super) fn about(&self, what: &str) -> Self {
        let text = format!("{what}: {}", self.text());
        match self {
            Self::Unasked(_) => Self::Unasked(text),
            Self::Unreached(_) => Self::Unreached(text),
            Self::Denied(_) => Self::Denied(text),
            Self::Limit(_) => Self::Limit(text),
            Self::Failed(_) => Self::Failed(text),
        }
    }
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) window: String,
    pub(super) calls: u32,
    pub(super) limit: u32,
    pub(super) per: SignedDuration,
    /// Whether nobody waits until there is room again.
    pub(super) gone: bool,
}

/// Everything that a read saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) observations: Vec<Observation>,
    pub(super) pages: u32,
}

/// Asks one connection.
pub(super) struct Asker<'a> {
    connector: &'a dyn Connector,
    way: &'a mut dyn Way,
    progress: &'a dyn Fn(&str),
    session: Session,
    meters: Vec<Meter>,
    skew: Option<SignedDuration>,
}

impl<'a> Asker<'a> {
    /// Starts without a session. `used` are the calls that a hub has made in each window; they count as made just now.
    pub(super) fn new(
        connector: &'a dyn Connector,
        way: &'a mut dyn Way,
        progress: &'a dyn Fn(&str),
        used: &BTreeMap<String, u32>,
    ) -> Self {
        let now = way.now();
        let mut meters: Vec<Meter> = connector.windows().into_iter().map(Meter::new).collect();
        for meter in &mut meters {
            for _ in 0..used.get(meter.name()).copied().unwrap_or(0) {
                meter.count(now);
            }
        }
        Self { connector, way, progress, session: Session::default(), meters, skew: None }
    }

    /// What the remote has told about itself.
    pub(super) fn facts(&self) -> &BTreeMap<String, String> {
        &self.session.facts
    }

    /// How far the remote's clock is from ours at least; `None` when it never said its time.
    pub(super) fn skew(&self) -> Option<SignedDuration> {
        self.skew
    }

    /// The moment.
    pub(super) fn now(&self) -> Timestamp {
        self.way.now()
    }

    /// How much of each limit is used, a hub's calls included.
    pub(super) fn windows(&mut self) -> Vec<Used> {
        let now = self.way.now();
        let used = |meter: &mut Meter| {
            let (calls, free) = (meter.used(now), meter.free_at(now));
            Used {
                window: meter.name().to_owned(),
                calls,
                limit: meter.calls(),
                per: meter.per(),
                gone: free.is_some_and(|free| free.duration_since(now) > PATIENCE),
            }
        };
        self.meters.iter_mut().map(used).collect()
    }

    /// Reads all pages.
    pub(super) fn all(&mut self, first: Read) -> Result<Seen, Stop> {
        let kind = first.kind().as_str();
        let mut seen = Seen::default();
        let mut next = Some(first);
        while let Some(read) = next {
            if seen.pages >= MOST_PAGES {
                return Err(Stop::Failed(format!("the list of {kind} does not end after {MOST_PAGES} pages")));
            }
            seen.pages += 1;
            (self.progress)(&format!("{kind}, page {}", seen.pages));
            let reply = self.page(&read)?;
            self.session.facts.extend(reply.facts);
            seen.observations.extend(reply.observations);
            next = reply.next;
        }
        Ok(seen)
    }

    fn page(&mut self, read: &Read) -> Result<ReadReply, Stop> {
        let mut tries = Tries::default();
        loop {
            let failure = match self.try_page(read)? {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            if failure == Failure::Reauth {
                self.session.token = None;
                self.session.token_at = None;
            }
            let pause = tries.after(failure)?;
            self.pause(pause);
        }
    }

    /// One try. The outer error ends the connection's answers, the inner one may be repeated.
    fn try_page(&mut self, read: &Read) -> Result<Result<ReadReply, Failure>, Stop> {
        self.log_in()?;
        self.session.now = self.way.now();
        let call = self.connector.plan_read(read, &self.session).map_err(|rejection| Stop::Failed(rejection.detail))?;
        let reply = match self.call(&call)? {
            Ok(reply) => reply,
            Err(failure) => return Ok(Err(failure)),
        };
        self.session.now = reply.at;
        let said = self.connector.interpret_read(read, &self.session, &reply);
        if let (Err(Failure::Throttled(_)), Some(window)) = (&said, self.scarce(&call)) {
            return Err(Stop::Limit(format!(
                "the remote asks to wait: its limit `{window}` seems to be used up, by a hub that runs or an earlier check"
            )));
        }
        if said.is_ok() && self.session.token.is_some() {
            self.session.token_at = Some(reply.at);
        }
        Ok(said)
    }

    fn log_in(&mut self) -> Result<(), Stop> {
        let mut tries = Tries::default();
        loop {
            self.session.now = self.way.now();
            if !self.connector.needs_login(&self.session) {
                return Ok(());
            }
            let Some(call) = self.connector.login() else { return Ok(()) };
            let failure = match self.call(&call)? {
                Ok(reply) => match self.connector.logged_in(&reply, &mut self.session) {
                    Ok(()) => return Ok(()),
                    Err(failure) => failure,
                },
                Err(failure) => failure,
            };
            let pause = tries.after(failure)?;
            self.pause(pause);
        }
    }

    /// Makes a call as soon as its limits allow it.
    fn call(&mut self, call: &Call) -> Result<Result<Reply, Failure>, Stop> {
        self.wait_for_room(call)?;
        let sent = self.way.now();
        let result = self.way.send(call);
        let at = self.way.now();
        for meter in self.meters.iter_mut().filter(|meter| call.windows.contains(&meter.name())) {
            meter.count(at);
        }
        match result {
            Ok(response) => {
                let reply = Reply { response, at };
                if let Some(skew) = reply.header("date").and_then(|date| skew(sent, at, date)) {
                    // The least of all is the truth: delays only ever add to it.
                    self.skew = Some(self.skew.map_or(skew, |least| least.min(skew)));
                }
                Ok(Ok(reply))
            }
            Err(error) => Ok(Err(Failure::Retry(error.to_string()))),
        }
    }

    /// A limit of a call that no one waits for: one call a day.
    fn scarce(&self, call: &Call) -> Option<&str> {
        let paid = self.meters.iter().filter(|meter| call.windows.contains(&meter.name()));
        paid.filter(|meter| meter.per() > PATIENCE).map(Meter::name).next()
    }

    fn wait_for_room(&mut self, call: &Call) -> Result<(), Stop> {
        loop {
            let now = self.way.now();
            let full = self
                .meters
                .iter_mut()
                .filter(|meter| call.windows.contains(&meter.name()))
                .filter_map(|meter| Some((meter.free_at(now)?, meter.name().to_owned())))
                .max();
            let Some((free, window)) = full else { return Ok(()) };
            let wait = free.duration_since(now);
            if wait > PATIENCE {
                return Err(Stop::Limit(format!(
                    "the published limit `{window}` allows the next call in {} minutes only",
                    wait.as_mins().saturating_add(1)
                )));
            }
            (self.progress)(&format!("waits {} s for the limit `{window}`", wait.as_secs().saturating_add(1)));
            self.way.wait_until(free);
        }
    }

    fn pause(&mut self, pause: SignedDuration) {
        if pause.is_positive() {
            (self.progress)(&format!("waits {} s before asking again", pause.as_secs()));
            let now = self.way.now();
            self.way.wait_until(now.saturating_add(pause).unwrap_or(now));
        }
    }
}

/// How often one question was tried.
#[derive(Debug, Default)]
struct Tries {
    repeats: u32,
    logins: u32,
}

impl Tries {
    /// How long to wait before the next try, or why there is none.
    fn after(&mut self, failure: Failure) -> Result<SignedDuration, Stop> {
        match failure {
            Failure::Denied(text) => Err(Stop::Denied(text)),
            Failure::Rejected(rejection) => Err(Stop::Failed(rejection.detail)),
            Failure::Forbidden(text) => Err(Stop::Failed(text)),
            Failure::Reauth if self.logins == 0 => {
                self.logins += 1;
                Ok(SignedDuration::ZERO)
            }
            Failure::Reauth => Err(Stop::Failed("the remote ends every session at once".to_owned())),
            Failure::Throttled(wait) => {
                let wait = wait.unwrap_or(UNSAID);
                if self.repeats >= REPEATS || wait > PATIENCE {
                    return Err(Stop::Limit(format!("the remote asks to wait {} s", wait.as_secs())));
                }
                self.repeats += 1;
                Ok(wait)
            }
            Failure::Retry(text) => {
                if self.repeats >= REPEATS {
                    return Err(Stop::Unreached(text));
                }
                self.repeats += 1;
                Ok(PAUSE * i32::try_from(self.repeats).unwrap_or(1))
            }
        }
    }
}

/// How far a `Date` header (RFC 9110 §6.6.1, whole seconds) is outside the time of its own call.
fn skew(sent: Timestamp, received: Timestamp, date: &str) -> Option<SignedDuration> {
    let begins = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let ends = begins.saturating_add(SignedDuration::from_secs(1)).ok()?;
    if ends < sent {
        Some(sent.duration_since(ends))
    } else if begins > received {
        Some(begins.duration_since(received))
    } else {
        Some(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_only_wrong_by_what_the_call_itself_cannot_explain() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (sent, received) = (at("2026-11-23T08:00:00.4Z"), at("2026-11-23T08:00:03Z"));
        let seconds = |date: &str| skew(sent, received, date).map(|skew| skew.as_secs_f64());
        assert_eq!(seconds("Mon, 23 Nov 2026 08:00:00 GMT"), Some(0.0));
        assert_eq!(seconds("Mon, 23 Nov 2026 08:00:03 GMT"), Some(0.0));
        assert_eq!(seconds("Mon, 23 Nov 2026 08:00:45 GMT"), Some(42.0));
        assert_eq!(seconds("Mon, 23 Nov 2026 07:59:00 GMT"), Some(59.4));
        assert_eq!(seconds("yesterday"), None);
    }

    #[test]
    fn refused_credentials_are_never_tried_again() {
        let stop = Tries::default().after(Failure::Denied("No such user".into()));
        assert_eq!(stop, Err(Stop::Denied("No such user".into())));
    }

    #[test]
    fn a_remote_that_stays_silent_is_asked_three_times_and_no_more() {
        let mut tries = Tries::default();
        assert_eq!(tries.after(Failure::Retry("502".into())), Ok(SignedDuration::from_secs(2)));
        assert_eq!(tries.after(Failure::Retry("502".into())), Ok(SignedDuration::from_secs(4)));
        assert_eq!(tries.after(Failure::Retry("502".into())), Err(Stop::Unreached("502".into())));
    }

    #[test]
    fn a_remote_that_asks_to_wait_is_given_the_time_within_reason() {
        let wait = |seconds| Failure::Throttled(Some(SignedDuration::from_secs(seconds)));
        assert_eq!(Tries::default().after(wait(7)), Ok(SignedDuration::from_secs(7)));
        assert_eq!(Tries::default().after(Failure::Throttled(None)), Ok(UNSAID));
        assert!(Tries::default().after(wait(86_400)).is_err());
    }
}
