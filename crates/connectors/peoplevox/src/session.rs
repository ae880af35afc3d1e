//! Logging in and knowing when to do it again (`contracts/peoplevox.md §1.3`, §1.4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossdock_connector::{Call, Failure, Reply, Session};
use crossdock_model::Private;
use jiff::SignedDuration;

use crate::answer::{self, Answer};
use crate::config::{Config, PasswordEncoding};
use crate::soap::{self, Fields, Op};
use crate::values::excerpt;

fn encoded(config: &Config, password: &Private<String>) -> String {
    match config.password_encoding {
        PasswordEncoding::Base64 => STANDARD.encode(password.text()),
        PasswordEncoding::Plain => password.text().to_owned(),
    }
}

/// The login call; `None` when the settings cannot be written as XML, which the constructor has ruled out.
pub(crate) fn login(config: &Config, password: &Private<String>) -> Option<Call> {
    let fields = Fields::new()
        .with("clientId", &config.client_id)
        .with("username", &config.username)
        .with("password", &encoded(config, password));
    soap::call(config, Op::Authenticate, None, &fields, "log in").ok()
}

/// Reads the session id out of `clientId,sessionId`.
pub(crate) fn logged_in(
    config: &Config,
    password: &Private<String>,
    reply: &Reply,
    session: &mut Session,
) -> Result<(), Failure> {
    let response = match answer::read(reply, Op::Authenticate) {
        Answer::Response(response) if response.id == 0 => response,
        // Only what a person has named as passing is tried again: a password that is sent too often may lock the user out.
        Answer::Response(refused) if config.is_retry_text(&refused.detail) => {
            return Err(Failure::Retry(without_password(config, password, &refused.detail)));
        }
        Answer::Response(refused) => return Err(Failure::Denied(without_password(config, password, &refused.detail))),
        Answer::SessionGone => {
            return Err(Failure::Denied("Peoplevox calls the session invalid while logging in".to_owned()));
        }
        Answer::Throttled(after) => return Err(Failure::Throttled(after)),
        Answer::Busy(after) => return Err(Failure::Throttled(Some(after))),
        Answer::Garbled(what) => return Err(Failure::Retry(without_password(config, password, &what))),
    };
    let id = response.detail.rsplit_once(',').map_or("", |(_, id)| id.trim());
    if id.is_empty() || id.len() > 200 || id.chars().any(char::is_whitespace) {
        return Err(Failure::Retry("the login was accepted, but its answer holds no session id".to_owned()));
    }
    session.token = Some(Private::new(id.to_owned()));
    session.token_at = Some(reply.at);
    Ok(())
}

/// Whether there is no session, or one that may have ended for lack of calls.
pub(crate) fn needs_login(config: &Config, session: &Session) -> bool {
    let renew = SignedDuration::from_mins(i64::from(config.renew_session_after_minutes));
    match (&session.token, session.token_at) {
        (Some(_), Some(good_at)) => session.now.duration_since(good_at) >= renew,
        _ => true,
    }
}

/// A remote's words with anything that is our password taken out of them.
fn without_password(config: &Config, password: &Private<String>, text: &str) -> String {
    // A character of the private use area stands in first: the mark itself could hold a short password.
    let text = text.replace(&encoded(config, password), "\u{E000}").replace(password.text(), "\u{E000}");
    excerpt(&text).replace('\u{E000}', "[password]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, reply, reply_at, result};

    fn read(detail: &str, response_id: i64) -> (Result<(), Failure>, Session) {
        let mut session = Session::default();
        let outcome = logged_in(
            &fixtures::config(),
            &"pass".into(),
            &reply(result("Authenticate", response_id, 1, detail)),
            &mut session,
        );
        (outcome, session)
    }

    #[test]
    fn the_password_is_sent_in_base64_unless_the_tenant_wants_it_plain() {
        let mut config = fixtures::config();
        let body = |config: &Config| {
            let call = login(config, &"pass".into()).unwrap();
            assert_eq!(call.request.headers()["soapaction"], "\"http://www.peoplevox.net/Authenticate\"");
            String::from_utf8(call.request.body().to_vec()).unwrap()
        };
        assert!(body(&config).contains("<Authenticate xmlns=\"http://www.peoplevox.net/\"><clientId>demo123</clientId><username>api</username><password>cGFzcw==</password></Authenticate>"));
        assert!(!body(&config).contains("Header"), "a login has no session header");
        config.password_encoding = PasswordEncoding::Plain;
        assert!(body(&config).contains("<password>pass</password>"));
    }

    #[test]
    fn a_login_yields_the_session_id_behind_the_comma() {
        let (outcome, session) = read("demo123,1f0c2d34-3e02-46a3-bb7c-9dca6b9db243", 0);
        assert_eq!(outcome, Ok(()));
        assert_eq!(session.token.unwrap().text(), "1f0c2d34-3e02-46a3-bb7c-9dca6b9db243");
        assert_eq!(session.token_at, Some(fixtures::now()));
    }

    #[test]
    fn a_refused_login_stops_and_never_shows_the_password() {
        let (outcome, session) = read("No user api with pass or cGFzcw== exists", -1);
        assert_eq!(outcome, Err(Failure::Denied("No user api with [password] or [password] exists".to_owned())));
        assert!(session.token.is_none());
    }

    #[test]
    fn a_refusal_that_a_person_has_named_as_passing_stops_nothing() {
        let mut config = fixtures::config();
        config.retry_texts = vec!["database is busy".to_owned()];
        let refused = reply(result("Authenticate", -1, 0, "Server : Database is BUSY, pass"));
        let outcome = logged_in(&config, &"pass".into(), &refused, &mut Session::default());
        assert_eq!(outcome, Err(Failure::Retry("Server : Database is BUSY, [password]".to_owned())));
        let mut busy = reply_at(503, "");
        busy.response.headers_mut().insert("retry-after", "20".parse().unwrap());
        let outcome = logged_in(&config, &"pass".into(), &busy, &mut Session::default());
        assert_eq!(outcome, Err(Failure::Throttled(Some(SignedDuration::from_secs(20)))));
    }

    #[test]
    fn what_is_neither_yes_nor_no_is_tried_again() {
        for detail in ["", "demo123", "demo123,", "demo123, a b"] {
            assert!(matches!(read(detail, 0).0, Err(Failure::Retry(_))), "{detail}");
        }
        let mut session = Session::default();
        for (status, body) in [(200, "<html>pass</html>"), (500, ""), (503, "busy")] {
            let outcome = logged_in(&fixtures::config(), &"pass".into(), &reply_at(status, body), &mut session);
            let Err(Failure::Retry(text)) = outcome else { panic!("{outcome:?}") };
            assert!(!text.contains("pass<"), "{text}");
        }
        let throttled = logged_in(&fixtures::config(), &"pass".into(), &reply_at(429, ""), &mut session);
        assert_eq!(throttled, Err(Failure::Throttled(None)));
    }

    #[test]
    fn a_session_is_renewed_before_it_can_end() {
        let config = fixtures::config();
        let mut session = fixtures::session();
        assert!(!needs_login(&config, &session));
        session.now = fixtures::now() + SignedDuration::from_mins(24);
        assert!(!needs_login(&config, &session));
        session.now = fixtures::now() + SignedDuration::from_mins(25);
        assert!(needs_login(&config, &session));
        assert!(needs_login(&config, &Session::default()));
    }
}
