//! The line along the top: what is wrong with the connection first, then what the server says. Pure but for the element it
//! writes into.

use crate::app::Phase;
use crate::backoff::countdown;
use crate::page::Page;
use perigee_shared::netcode::Grade;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// The player is warned of a longer silence than this, microseconds.
const SLOW_US: u64 = 500_000;
/// How long a line from the server stays, microseconds.
const ANNOUNCEMENT_US: u64 = 8_000_000;

/// What the line may have to report.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkState<'a> {
    pub(super) phase: &'a Phase,
    /// Tries to connect since the last success.
    pub(super) attempt: usize,
    /// Time since the last snapshot.
    pub(super) silence_us: u64,
    /// Until when the server keeps the seat of a connection that broke.
    pub(super) kept_until_us: Option<u64>,
    pub(super) paused: bool,
    pub(super) grade: Grade,
}

/// The line.
#[derive(Debug)]
pub(super) struct Banner {
    line: HtmlElement,
    shown: Option<BannerLine>,
    announcement: Option<Announcement>,
}

/// A line from the server.
#[derive(Debug)]
struct Announcement {
    since_us: u64,
    text: String,
}

/// How urgent a line is; the page's hook for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    /// Something is wrong with the connection.
    Warning,
    /// The server says something.
    Notice,
    /// How things stand.
    Status,
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Notice => "notice",
            Self::Status => "status",
        }
    }
}

/// What the banner shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BannerLine {
    tone: Tone,
    text: String,
}

impl BannerLine {
    fn warning(text: String) -> Self {
        Self { tone: Tone::Warning, text }
    }

    fn status(text: &str) -> Self {
        Self { tone: Tone::Status, text: text.to_owned() }
    }
}

impl Banner {
    pub(super) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self { line: page.element("banner")?, shown: None, announcement: None })
    }

    /// The server says something to everybody.
    pub(super) fn announce(&mut self, text: String, now_us: u64) {
        self.announcement = Some(Announcement { since_us: now_us, text });
    }

    /// Shows what is to be said now.
    pub(super) fn show(&mut self, page: &Page, state: &LinkState<'_>, now_us: u64) {
        let is_over = |line: &mut Announcement| now_us.saturating_sub(line.since_us) > ANNOUNCEMENT_US;
        self.announcement.take_if(is_over);
        let announced = |line: &Announcement| BannerLine { tone: Tone::Notice, text: line.text.clone() };
        let line = line_of(state, now_us).or_else(|| self.announcement.as_ref().map(announced));
        if self.shown == line {
            return;
        }
        let text = line.as_ref().map_or("", |line| &line.text);
        self.line.set_text_content(Some(text));
        page.mark("banner", line.as_ref().map_or("", |line| line.tone.name()));
        if line.as_ref().is_some_and(|line| line.tone == Tone::Notice) {
            page.say(text);
        } else {
            page.say_state(text);
        }
        self.shown = line;
    }
}

/// The line about the connection and the room; `None` if all is well.
fn line_of(state: &LinkState<'_>, now_us: u64) -> Option<BannerLine> {
    let left_s = state.kept_until_us.map_or(0, |until_us| until_us.saturating_sub(now_us) / 1_000_000);
    let kept = if left_s > 0 { format!(", your place is kept {left_s} s") } else { String::new() };
    match state.phase {
        Phase::Reconnecting { retry_at_us, why } => {
            let countdown = countdown(retry_at_us.saturating_sub(now_us));
            Some(BannerLine::warning(format!("{why}. {countdown}{kept}")))
        }
        Phase::Connecting if state.attempt > 0 => Some(BannerLine::warning(format!("Reconnecting{kept}"))),
        Phase::Connecting => Some(BannerLine::status("Connecting")),
        Phase::Live if state.silence_us > SLOW_US => {
            Some(BannerLine::warning(format!("Connection slow: {} ms", state.silence_us / 10_000 * 10)))
        }
        Phase::Live if state.paused => Some(BannerLine::status("The room is paused")),
        Phase::Live => {
            Some(words_of_grade(state.grade)).filter(|words| !words.is_empty()).map(BannerLine::status)
        }
        Phase::Join | Phase::Refused => None,
    }
}

/// What the player reads of a room under overload.
fn words_of_grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Normal => "",
        Grade::LowerRate => "The server is busy: fewer updates",
        Grade::SmallerInterest => "The server is busy: fewer updates, a smaller view",
        Grade::SlowMotion => "The server is busy: time runs at two thirds",
        Grade::HalfSpeed => "The server is busy: time runs at half speed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: LinkState<'_> = LinkState {
        phase: &Phase::Live,
        attempt: 0,
        silence_us: 0,
        kept_until_us: None,
        paused: false,
        grade: Grade::Normal,
    };

    #[test]
    fn what_is_wrong_is_said_in_words_and_the_worst_comes_first() {
        let words = |state: LinkState<'_>| line_of(&state, 1_000_000).map(|line| line.text);
        assert_eq!(words(WELL), None);
        assert_eq!(
            words(LinkState { silence_us: 768_000, paused: true, ..WELL }).unwrap(),
            "Connection slow: 760 ms"
        );
        assert_eq!(words(LinkState { paused: true, ..WELL }).unwrap(), "The room is paused");
        assert_eq!(
            words(LinkState { grade: Grade::HalfSpeed, ..WELL }).unwrap(),
            words_of_grade(Grade::HalfSpeed)
        );
        let phase = Phase::Reconnecting { retry_at_us: 3_000_000, why: "Connection lost".to_owned() };
        let waiting = LinkState { phase: &phase, kept_until_us: Some(29_500_000), ..WELL };
        assert_eq!(words(waiting).unwrap(), "Connection lost. Reconnecting in 2 s, your place is kept 28 s");
        let again = LinkState { phase: &Phase::Connecting, attempt: 1, ..WELL };
        assert_eq!(words(again).unwrap(), "Reconnecting");
        assert_eq!(words(LinkState { phase: &Phase::Refused, ..WELL }), None);
    }
}
