//! Who may open the console: token, one-time code, session; and limits on guessing.
//!
//! Codes and sessions are 128 random bits, which cannot be guessed: they are checked at once. A person may have chosen
//! the token, so guessing it is slowed down: after some wrong tries, tokens from that address are checked one after the
//! other, and after many wrong tries in all, all tokens are. The right one is still accepted, in its turn: an attacker
//! cannot lock the operator out, not even from behind the same proxy. And an operator on the machine can get a new link
//! at any time.
//!
//! Time is an argument (since any fixed moment), so all of this is tested without a clock.

use crate::address::{AddressKey, AddressTable};
use std::collections::VecDeque;
use std::fmt::Write;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// How long the one-time code is valid.
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(10 * 60);
/// How long a session is valid.
pub(crate) const SESSION_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// How long the answer to a wrong try is delayed.
pub(crate) const FAILURE_DELAY: Duration = Duration::from_millis(500);

/// Wrong tries from one address within [`WINDOW`]; after them one token is checked in each [`TURN`].
const MAX_FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
const TURN: Duration = Duration::from_secs(2);
/// Wrong tries from all addresses within [`WINDOW`]; after them one token is checked in each [`TURN_IN_ALL`]. Addresses
/// with wrong tries have a queue of their own, so that others do not wait behind them.
const MAX_FAILURES_IN_ALL: u32 = 200;
const TURN_IN_ALL: Duration = Duration::from_millis(200);
/// The longest wait for a turn; beyond it, the client is told when to retry.
const MAX_WAIT: Duration = Duration::from_secs(6);
/// One session more displaces the oldest.
const MAX_SESSIONS: usize = 64;
/// Addresses whose failures are counted.
const MAX_ADDRESSES: usize = 4096;

/// What a client presents to log in.
#[derive(Clone)]
pub enum Credential {
    /// The operator's token.
    Token(String),
    /// The code of a login link.
    Code(String),
    /// The session of an earlier login.
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

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LoginRefusal {
    /// The token is wrong.
    #[error("this is not the server's token")]
    WrongToken,
    /// The code is wrong, used or expired.
    #[error("this link was used before or is too old: log in with the token")]
    ExpiredCode,
    /// The session is unknown or expired.
    #[error("the session has ended: log in with the token")]
    ExpiredSession,
    /// Too many tokens wait to be checked.
    #[error(
        "too many wrong attempts: try again in {wait_s} s, or get a link on the server's machine (SIGUSR1)"
    )]
    TooManyAttempts {
        /// How long to wait.
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

/// Checks logins; clones share their state.
#[derive(Clone)]
pub struct Logins(Arc<Doorkeeper>);

struct Doorkeeper {
    token: String,
    state: Mutex<State>,
}

struct State {
    code: Option<Expiring>,
    sessions: VecDeque<Expiring>,
    failures: AddressTable<Failures>,
    /// From all addresses; `next` is the turn of addresses without wrong tries.
    all: Failures,
    /// The turn of addresses with wrong tries, when there are many in all.
    next_suspect: Duration,
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
    /// The next turn.
    next: Duration,
}

impl Failures {
    const NONE: Self = Self { since: Duration::ZERO, count: 0, next: Duration::ZERO };

    fn is_over(&self, now: Duration) -> bool {
        now >= self.next && (self.count == 0 || now >= self.since + WINDOW)
    }

    /// Wrong tries within the window.
    fn recent(&self, now: Duration) -> u32 {
        if now < self.since + WINDOW { self.count } else { 0 }
    }

    fn add(&mut self, now: Duration) {
        if self.recent(now) == 0 {
            *self = Self { since: now, count: 0, ..*self };
        }
        self.count += 1;
    }
}

/// Takes the next turn. Returns how long to wait for it, or an error if that is too long.
fn take_turn(next: &mut Duration, length: Duration, now: Duration) -> Result<Duration, LoginRefusal> {
    let turn = now.max(*next);
    let wait = turn - now;
    if wait > MAX_WAIT {
        return Err(LoginRefusal::TooManyAttempts { wait_s: wait.as_secs() + 1 });
    }
    *next = turn + length;
    Ok(wait)
}

/// Keeps secrets out of logs.
impl std::fmt::Debug for Logins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logins").finish_non_exhaustive()
    }
}

impl Logins {
    /// Accepts this token.
    #[must_use]
    pub fn new(token: String) -> Self {
        let state = State {
            code: None,
            sessions: VecDeque::new(),
            failures: AddressTable::new(MAX_ADDRESSES, Failures::NONE),
            all: Failures::NONE,
            next_suspect: Duration::ZERO,
        };
        Self(Arc::new(Doorkeeper { token, state: Mutex::new(state) }))
    }

    /// Creates the one-time code; an earlier one becomes invalid.
    #[must_use]
    pub fn issue_code(&self, now: Duration) -> String {
        let secret = random_secret();
        self.lock().code = Some(Expiring { secret: secret.clone(), until: now + CODE_LIFE });
        secret
    }

    /// How long to wait before [`Logins::login`]: zero, unless it is a token after wrong ones.
    ///
    /// # Errors
    /// [`LoginRefusal::TooManyAttempts`]: too many wait already.
    pub fn wait(&self, shown: &Credential, from: IpAddr, now: Duration) -> Result<Duration, LoginRefusal> {
        if !matches!(shown, Credential::Token(_)) {
            return Ok(Duration::ZERO);
        }
        let mut state = self.lock();
        let State { failures, all, next_suspect, .. } = &mut *state;
        let own = failures.entry(AddressKey::from(from), now, |failures| failures.is_over(now));
        let is_suspect = own.recent(now) > 0;
        let own_wait = match own.recent(now) {
            MAX_FAILURES.. => take_turn(&mut own.next, TURN, now)?,
            _ => Duration::ZERO,
        };
        let all_wait = match all.recent(now) {
            MAX_FAILURES_IN_ALL.. if is_suspect => take_turn(next_suspect, TURN_IN_ALL, now)?,
            MAX_FAILURES_IN_ALL.. => take_turn(&mut all.next, TURN_IN_ALL, now)?,
            _ => Duration::ZERO,
        };
        Ok(own_wait.max(all_wait))
    }

    /// Checks a credential, after [`Logins::wait`]; returns the session for later logins.
    ///
    /// # Errors
    /// [`LoginRefusal`]; the caller delays the answer by [`FAILURE_DELAY`].
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
            Credential::Token(token) if is_equal(&self.0.token, token) => {
                state.failures.forget(from);
                return Ok(state.open_session(now));
            }
            Credential::Token(_) => LoginRefusal::WrongToken,
        };
        state.all.add(now);
        state.failures.entry(from, now, |failures| failures.is_over(now)).add(now);
        Err(refusal)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic leaves it valid: no change can be interrupted halfway.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether it is the valid code, which can be used only once.
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
}

/// 128 random bits as 32 hexadecimal digits.
#[must_use]
pub(crate) fn random_secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Takes the same time wherever the difference is; only a wrong length shows.
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
    fn the_right_token_is_let_in_after_any_number_of_wrong_ones() {
        let logins = doorkeeper();
        fail(&logins, 10 * MAX_FAILURES, HERE, START);
        let shown = token("open-sesame");
        let wait = logins.wait(&shown, HERE, START).unwrap();
        assert_eq!(wait, Duration::ZERO, "the first turn is at once");
        assert!(logins.login(&shown, HERE, START + wait).is_ok());
        assert_eq!(logins.wait(&token("guess"), HERE, START), Ok(Duration::ZERO), "and all is forgiven");
    }

    #[test]
    fn guessing_is_slow_from_one_address() {
        let logins = doorkeeper();
        let mut looked_at = 0;
        // Twenty tries a second for a minute.
        for n in 0..1200 {
            let now = START + Duration::from_millis(50 * n);
            if logins.wait(&token("guess"), HERE, now).is_ok() {
                looked_at += 1;
                let _ = logins.login(&token("guess"), HERE, now);
            }
        }
        assert!((30..50).contains(&looked_at), "{looked_at} guesses in a minute");
        let soon = START + Duration::from_secs(60);
        assert_eq!(logins.wait(&token("open-sesame"), THERE, soon), Ok(Duration::ZERO), "others do not wait");
        // A client that retries as told is accepted, although the guessing goes on.
        let mut now = soon;
        let wait = loop {
            match logins.wait(&token("open-sesame"), HERE, now) {
                Ok(wait) => break wait,
                Err(LoginRefusal::TooManyAttempts { wait_s }) => now += Duration::from_secs(wait_s),
                Err(other) => panic!("{other}"),
            }
        };
        assert!(wait <= MAX_WAIT && now < soon + 2 * MAX_WAIT);
    }

    #[test]
    fn guessing_is_slow_from_everywhere_together() {
        let logins = doorkeeper();
        let mut looked_at = 0;
        for n in 0..60_000_u32 {
            let (from, now) = (IpAddr::from((n << 8).to_be_bytes()), START + Duration::from_millis(n.into()));
            if logins.wait(&token("guess"), from, now).is_ok() {
                looked_at += 1;
                let _ = logins.login(&token("guess"), from, now);
            }
        }
        assert!(looked_at < 2 * 300 + MAX_FAILURES_IN_ALL + 100, "{looked_at} guesses in a minute");
    }

    #[test]
    fn guessing_codes_and_sessions_counts_too() {
        let logins = doorkeeper();
        for _ in 0..MAX_FAILURES / 2 {
            let _ = logins.login(&Credential::Code("x".to_owned()), HERE, START);
            let _ = logins.login(&Credential::Session("x".to_owned()), HERE, START);
        }
        assert_eq!(logins.wait(&token("guess"), HERE, START), Ok(Duration::ZERO));
        assert_eq!(logins.wait(&token("guess"), HERE, START), Ok(TURN));
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
    fn an_address_that_waits_does_so_although_others_come() {
        let logins = doorkeeper();
        fail(&logins, MAX_FAILURES, HERE, START);
        for n in 0..4 * MAX_ADDRESSES as u32 {
            let now = START + Duration::from_millis(u64::from(n));
            let _ = logins.login(&token("guess"), IpAddr::from((n << 8).to_be_bytes()), now);
        }
        let later = START + Duration::from_secs(30);
        assert!(logins.wait(&token("guess"), HERE, later).is_ok());
        assert!(logins.wait(&token("guess"), HERE, later).unwrap() >= TURN);
    }

    #[test]
    fn a_network_of_ipv6_waits_as_one() {
        let logins = doorkeeper();
        for n in 0..MAX_FAILURES {
            fail(&logins, 1, format!("2001:db8::{n:x}").parse().unwrap(), START);
        }
        let from: IpAddr = "2001:db8::abcd".parse().unwrap();
        assert_eq!(logins.wait(&token("guess"), from, START), Ok(Duration::ZERO));
        assert_eq!(logins.wait(&token("guess"), from, START), Ok(TURN));
    }

    #[test]
    fn secrets_differ() {
        assert_eq!(random_secret().len(), 32);
        assert_ne!(random_secret(), random_secret());
    }
}
