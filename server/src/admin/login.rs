//! Who may open the console: token, one-time code, session; and what guessing costs.
//!
//! Codes and sessions are 128 random bits, which nobody guesses. The token may be chosen by a person, so wrong tries
//! are counted by address, and after some of them tokens from there are not looked at for a while. A good code or
//! session is let in even then: else a stranger behind the same proxy could lock the operator out.
//!
//! Time is an argument (since any fixed moment), so all of this is tested without a clock.

use crate::net::{AddressKey, AddressTable};
use std::collections::VecDeque;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// How long the one-time code is good.
pub const CODE_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a session is good.
pub const SESSION_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long the answer to a wrong try is held back.
pub const FAILURE_DELAY: Duration = Duration::from_millis(500);

/// Wrong tries from one address within [`WINDOW`].
const MAX_FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// The oldest session goes when there are more.
const MAX_SESSIONS: usize = 64;
/// Addresses with failures of their own.
const MAX_ADDRESSES: usize = 4096;

/// What somebody shows to be let in.
#[derive(Clone)]
pub enum Credential {
    /// The operator's token.
    Token(String),
    /// The code of the link printed at the start.
    Code(String),
    /// What an earlier login gave.
    Session(String),
}

impl Credential {
    /// For metrics and logs: never the secret.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Code(_) => "code",
            Self::Session(_) => "session",
        }
    }
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LoginRefusal {
    /// Not the token.
    #[error("this is not the server's token")]
    WrongToken,
    /// Not the code, or not any more.
    #[error("this link was used before or is too old: log in with the token")]
    ExpiredCode,
    /// Not a session, or not any more.
    #[error("the session has ended: log in with the token")]
    ExpiredSession,
    /// Tokens from this address are not looked at for a while.
    #[error("too many wrong attempts: try again in {wait_s} s")]
    TooManyAttempts {
        /// How long.
        wait_s: u64,
    },
}

impl LoginRefusal {
    /// For the protocol and the metrics.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::WrongToken => "wrong_token",
            Self::ExpiredCode => "expired_code",
            Self::ExpiredSession => "expired_session",
            Self::TooManyAttempts { .. } => "too_many_attempts",
        }
    }
}

/// The doorkeeper.
pub struct Logins {
    token: String,
    state: Mutex<State>,
}

struct State {
    code: Option<Expiring>,
    sessions: VecDeque<Expiring>,
    failures: AddressTable<Failures>,
}

struct Expiring {
    secret: String,
    until: Duration,
}

impl Expiring {
    fn admits(&self, shown: &str, now: Duration) -> bool {
        is_equal(&self.secret, shown) && now < self.until
    }
}

#[derive(Clone, Copy)]
struct Failures {
    since: Duration,
    count: u32,
}

/// Secrets stay out of logs.
impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl Logins {
    /// One that admits this token.
    #[must_use]
    pub fn new(token: String) -> Self {
        let failures = AddressTable::new(MAX_ADDRESSES, Failures { since: Duration::ZERO, count: 0 });
        Self { token, state: Mutex::new(State { code: None, sessions: VecDeque::new(), failures }) }
    }

    /// Makes the one-time code; an earlier one is void.
    #[must_use]
    pub fn issue_code(&self, now: Duration) -> String {
        let secret = random_secret();
        self.lock().code = Some(Expiring { secret: secret.clone(), until: now + CODE_LIFE });
        secret
    }

    /// Lets in or not; the answer is the session to come back with.
    ///
    /// # Errors
    /// [`LoginRefusal`]; the caller holds it back for [`FAILURE_DELAY`].
    pub fn login(&self, shown: &Credential, from: IpAddr, now: Duration) -> Result<String, LoginRefusal> {
        let from = AddressKey::from(from);
        let mut state = self.lock();
        state.sessions.retain(|session| now < session.until);
        let refusal = match shown {
            Credential::Session(id) if state.sessions.iter().any(|session| session.admits(id, now)) => {
                return Ok(id.clone());
            }
            Credential::Code(code) if state.take_code(code, now) => return Ok(state.open_session(now)),
            Credential::Session(_) => LoginRefusal::ExpiredSession,
            Credential::Code(_) => LoginRefusal::ExpiredCode,
            Credential::Token(token) => {
                if let Some(wait) = state.locked_for(from, now) {
                    return Err(LoginRefusal::TooManyAttempts { wait_s: wait.as_secs() + 1 });
                }
                if is_equal(&self.token, token) {
                    state.failures.forget(from);
                    return Ok(state.open_session(now));
                }
                LoginRefusal::WrongToken
            }
        };
        Err(state.failed(from, now).unwrap_or(refusal))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is whole at every point where something could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it is the code; it is good only once.
    fn take_code(&mut self, shown: &str, now: Duration) -> bool {
        let is_good = self.code.as_ref().is_some_and(|code| code.admits(shown, now));
        if is_good {
            self.code = None;
        }
        is_good
    }

    fn open_session(&mut self, now: Duration) -> String {
        if self.sessions.len() >= MAX_SESSIONS {
            self.sessions.pop_front();
        }
        let secret = random_secret();
        self.sessions.push_back(Expiring { secret: secret.clone(), until: now + SESSION_LIFE });
        secret
    }

    fn locked_for(&self, from: AddressKey, now: Duration) -> Option<Duration> {
        let failures = self.failures.get(from);
        if failures.count < MAX_FAILURES {
            return None;
        }
        (failures.since + WINDOW).checked_sub(now).filter(|wait| !wait.is_zero())
    }

    /// Counts a wrong try; the refusal, if the address had too many before.
    fn failed(&mut self, from: AddressKey, now: Duration) -> Option<LoginRefusal> {
        if let Some(wait) = self.locked_for(from, now) {
            return Some(LoginRefusal::TooManyAttempts { wait_s: wait.as_secs() + 1 });
        }
        let is_over = |failures: &Failures| failures.count == 0 || now >= failures.since + WINDOW;
        let failures = self.failures.entry(from, now, is_over);
        if is_over(failures) {
            *failures = Failures { since: now, count: 0 };
        }
        failures.count += 1;
        None
    }
}

/// 128 random bits as 32 hexadecimal digits.
#[must_use]
pub fn random_secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Takes as long for a near miss as for a far one; only a wrong length shows.
fn is_equal(secret: &str, shown: &str) -> bool {
    secret.as_bytes().ct_eq(shown.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
    const START: Duration = Duration::from_secs(1000);

    fn token(text: &str) -> Credential {
        Credential::Token(text.to_owned())
    }

    fn doorkeeper() -> Logins {
        Logins::new("open-sesame".to_owned())
    }

    fn fail(logins: &Logins, times: u32, from: IpAddr, now: Duration) {
        for _ in 0..times {
            assert_eq!(logins.login(&token("guess"), from, now), Err(LoginRefusal::WrongToken));
        }
    }

    #[test]
    fn the_token_opens_and_a_wrong_one_does_not() {
        let logins = doorkeeper();
        assert!(logins.login(&token("open-sesame"), HERE, START).is_ok());
        for wrong in ["", "open-sesam", "open-sesame ", "OPEN-SESAME"] {
            assert_eq!(logins.login(&token(wrong), HERE, START), Err(LoginRefusal::WrongToken), "{wrong}");
        }
    }

    #[test]
    fn a_session_comes_back_until_it_ends() {
        let logins = doorkeeper();
        let id = logins.login(&token("open-sesame"), HERE, START).unwrap();
        let session = Credential::Session(id.clone());
        assert_eq!(logins.login(&session, THERE, START + Duration::from_secs(3600)), Ok(id));
        let ended = logins.login(&session, HERE, START + SESSION_LIFE);
        assert_eq!(ended, Err(LoginRefusal::ExpiredSession));
        assert_eq!(
            logins.login(&Credential::Session(String::new()), HERE, START),
            Err(LoginRefusal::ExpiredSession)
        );
    }

    #[test]
    fn a_code_opens_once() {
        let logins = doorkeeper();
        let code = Credential::Code(logins.issue_code(START));
        assert!(logins.login(&code, HERE, START).is_ok());
        assert_eq!(logins.login(&code, HERE, START), Err(LoginRefusal::ExpiredCode));
    }

    #[test]
    fn a_code_ends_after_ten_minutes_and_with_the_next() {
        let logins = doorkeeper();
        let code = Credential::Code(logins.issue_code(START));
        assert_eq!(logins.login(&code, HERE, START + CODE_LIFE), Err(LoginRefusal::ExpiredCode));
        let first = Credential::Code(logins.issue_code(START));
        let second = Credential::Code(logins.issue_code(START));
        assert_eq!(logins.login(&first, HERE, START), Err(LoginRefusal::ExpiredCode));
        assert!(logins.login(&second, HERE, START).is_ok());
    }

    #[test]
    fn a_wrong_code_does_not_use_up_the_right_one() {
        let logins = doorkeeper();
        let code = logins.issue_code(START);
        let wrong = Credential::Code("0".repeat(32));
        assert_eq!(logins.login(&wrong, HERE, START), Err(LoginRefusal::ExpiredCode));
        assert!(logins.login(&Credential::Code(code), HERE, START).is_ok());
    }

    #[test]
    fn too_many_wrong_tries_lock_tokens_out_for_a_minute() {
        let logins = doorkeeper();
        fail(&logins, MAX_FAILURES, HERE, START);
        let refused = logins.login(&token("open-sesame"), HERE, START + Duration::from_secs(20));
        assert_eq!(refused, Err(LoginRefusal::TooManyAttempts { wait_s: 41 }));
        assert!(logins.login(&token("open-sesame"), THERE, START).is_ok(), "another address may");
        assert!(logins.login(&token("open-sesame"), HERE, START + WINDOW).is_ok());
    }

    #[test]
    fn guessing_codes_and_sessions_counts_too() {
        let logins = doorkeeper();
        for _ in 0..MAX_FAILURES / 2 {
            let _ = logins.login(&Credential::Code("x".to_owned()), HERE, START);
            let _ = logins.login(&Credential::Session("x".to_owned()), HERE, START);
        }
        for credential in [token("open-sesame"), Credential::Code("x".to_owned())] {
            let refused = logins.login(&credential, HERE, START);
            assert!(matches!(refused, Err(LoginRefusal::TooManyAttempts { .. })));
        }
    }

    #[test]
    fn a_good_code_or_session_passes_a_lock_out() {
        let logins = doorkeeper();
        let id = logins.login(&token("open-sesame"), HERE, START).unwrap();
        let code = logins.issue_code(START);
        fail(&logins, MAX_FAILURES, HERE, START);
        assert!(logins.login(&Credential::Session(id), HERE, START).is_ok());
        assert!(logins.login(&Credential::Code(code), HERE, START).is_ok());
    }

    #[test]
    fn failures_a_minute_apart_do_not_add_up() {
        let logins = doorkeeper();
        fail(&logins, MAX_FAILURES - 1, HERE, START);
        fail(&logins, MAX_FAILURES - 1, HERE, START + WINDOW);
        assert!(logins.login(&token("open-sesame"), HERE, START + WINDOW).is_ok());
    }

    #[test]
    fn sessions_and_addresses_are_bounded() {
        let logins = doorkeeper();
        let first = logins.login(&token("open-sesame"), HERE, START).unwrap();
        for _ in 0..MAX_SESSIONS {
            logins.login(&token("open-sesame"), HERE, START).unwrap();
        }
        assert_eq!(logins.login(&Credential::Session(first), HERE, START), Err(LoginRefusal::ExpiredSession));
        for n in 0..MAX_ADDRESSES as u32 + 10 {
            fail(&logins, 1, IpAddr::from(n.to_be_bytes()), START + Duration::from_millis(u64::from(n)));
        }
        assert!(logins.lock().sessions.len() <= MAX_SESSIONS);
        assert_eq!(logins.lock().failures.len(), MAX_ADDRESSES);
    }

    #[test]
    fn an_address_that_is_locked_out_stays_so_although_others_come() {
        let logins = doorkeeper();
        fail(&logins, MAX_FAILURES, HERE, START);
        for n in 0..4 * MAX_ADDRESSES as u32 {
            let _ = logins.login(
                &token("guess"),
                IpAddr::from((n << 8).to_be_bytes()),
                START + Duration::from_millis(u64::from(n)),
            );
        }
        let refused = logins.login(&token("open-sesame"), HERE, START + Duration::from_secs(30));
        assert!(matches!(refused, Err(LoginRefusal::TooManyAttempts { .. })), "{refused:?}");
    }

    #[test]
    fn a_network_of_ipv6_is_locked_out_as_one() {
        let logins = doorkeeper();
        for n in 0..MAX_FAILURES {
            fail(&logins, 1, format!("2001:db8::{n:x}").parse().unwrap(), START);
        }
        let from: IpAddr = "2001:db8::abcd".parse().unwrap();
        assert!(matches!(
            logins.login(&token("open-sesame"), from, START),
            Err(LoginRefusal::TooManyAttempts { .. })
        ));
    }

    #[test]
    fn secrets_differ() {
        assert_eq!(random_secret().len(), 32);
        assert_ne!(random_secret(), random_secret());
    }
}
