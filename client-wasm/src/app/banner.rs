//! The line along the top: trouble first, then what the server says. Pure but for the element it writes into.

use crate::app::Phase;
use crate::backoff::countdown;
use crate::page::Page;
use perigee_shared::netcode::Grade;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// Silence longer than this is told to the player, microseconds.
const SLOW_US: u64 = 500_000;
/// How long a line from the server stays, microseconds.
const ANNOUNCEMENT_US: u64 = 8_000_000;

/// What the line is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trouble<'a> {
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
    shown: String,
    announcement: Option<(u64, String)>,
}

impl Banner {
    pub(super) fn new(page: &Page) -> Result<Self, JsValue> {
        Ok(Self { line: page.element("banner")?, shown: String::new(), announcement: None })
    }

    /// The server says something to everybody.
    pub(super) fn announce(&mut self, words: String, now_us: u64) {
        self.announcement = Some((now_us, words));
    }

    /// Shows what is to be said now.
    pub(super) fn show(&mut self, page: &Page, trouble: &Trouble<'_>, now_us: u64) {
        self.announcement.take_if(|(since_us, _)| now_us.saturating_sub(*since_us) > ANNOUNCEMENT_US);
        let (tone, words) = words_of(trouble, now_us).unwrap_or_else(|| match &self.announcement {
            Some((_, line)) => ("news", line.clone()),
            None => ("", String::new()),
        });
        if self.shown != words {
            self.line.set_text_content(Some(&words));
            page.mark("banner", tone);
            if tone == "news" {
                page.say(&words);
            } else {
                page.say_state(&words);
            }
            self.shown = words;
        }
    }
}

/// The tone and the words of what is wrong; `None` if nothing is.
fn words_of(trouble: &Trouble<'_>, now_us: u64) -> Option<(&'static str, String)> {
    let left_s = trouble.kept_until_us.map_or(0, |until_us| until_us.saturating_sub(now_us) / 1_000_000);
    let kept = if left_s > 0 { format!(", your place is kept {left_s} s") } else { String::new() };
    match trouble.phase {
        Phase::Reconnecting { retry_at_us, why } => {
            let countdown = countdown(retry_at_us.saturating_sub(now_us));
            Some(("trouble", format!("{why}. {countdown}{kept}")))
        }
        Phase::Connecting if trouble.attempt > 0 => Some(("trouble", format!("Reconnecting{kept}"))),
        Phase::Connecting => Some(("calm", "Connecting".to_owned())),
        Phase::Live if trouble.silence_us > SLOW_US => {
            Some(("trouble", format!("Connection slow: {} ms", trouble.silence_us / 10_000 * 10)))
        }
        Phase::Live if trouble.paused => Some(("calm", "The room is paused".to_owned())),
        Phase::Live => Some(words_of_grade(trouble.grade))
            .filter(|words| !words.is_empty())
            .map(|words| ("calm", words.to_owned())),
        Phase::Join | Phase::Refused => None,
    }
}

/// What the player reads of a room under overload.
fn words_of_grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Normal => "",
        Grade::LowerRate => "The server is busy: fewer updates",
        Grade::SmallerInterest => "The server is busy: fewer updates, shorter sight",
        Grade::SlowMotion => "The server is busy: time runs at two thirds",
        Grade::HalfSpeed => "The server is busy: time runs at half speed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Trouble<'_> = Trouble {
        phase: &Phase::Live,
        attempt: 0,
        silence_us: 0,
        kept_until_us: None,
        paused: false,
        grade: Grade::Normal,
    };

    #[test]
    fn trouble_is_told_in_words_and_the_worst_comes_first() {
        let words = |trouble: Trouble<'_>| words_of(&trouble, 1_000_000).map(|(_, words)| words);
        assert_eq!(words(CALM), None);
        assert_eq!(
            words(Trouble { silence_us: 768_000, paused: true, ..CALM }).unwrap(),
            "Connection slow: 760 ms"
        );
        assert_eq!(words(Trouble { paused: true, ..CALM }).unwrap(), "The room is paused");
        assert_eq!(
            words(Trouble { grade: Grade::HalfSpeed, ..CALM }).unwrap(),
            words_of_grade(Grade::HalfSpeed)
        );
        let phase = Phase::Reconnecting { retry_at_us: 3_000_000, why: "Connection lost".to_owned() };
        let waiting = Trouble { phase: &phase, kept_until_us: Some(29_500_000), ..CALM };
        assert_eq!(words(waiting).unwrap(), "Connection lost. Reconnecting in 2 s, your place is kept 28 s");
        let again = Trouble { phase: &Phase::Connecting, attempt: 1, ..CALM };
        assert_eq!(words(again).unwrap(), "Reconnecting");
        assert_eq!(words(Trouble { phase: &Phase::Refused, ..CALM }), None);
    }
}
