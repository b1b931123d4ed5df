//! Why a socket does not open. A browser does not tell a page, so the page asks the same server over HTTP.

use crate::page::Page;
use crate::panels::{Answer, Fetch};

/// Failures after which a server that answers HTTP counts as refusing the socket: a single one may be chance.
const SURE_AFTER: usize = 2;

/// A question on its way, and what is known.
#[derive(Debug, Default)]
pub(super) struct Diagnosis {
    fetch: Option<Fetch>,
    failures: usize,
    words: String,
}

impl Diagnosis {
    /// A socket did not open: asks why.
    pub(super) fn ask(&mut self, page: &Page) {
        self.failures += 1;
        // A request with a body tells the server the page's origin, as the socket does; a plain one does not.
        self.fetch.get_or_insert_with(|| Fetch::post(page, "play", "{}"));
    }

    /// A socket opened: nothing is wrong.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What is known now; empty while nothing is.
    pub(super) fn words(&mut self, page: &Page) -> &str {
        if let Some(answer) = self.fetch.as_ref().and_then(Fetch::take) {
            self.fetch = None;
            let origin = page.window.location().origin().unwrap_or_default();
            let offline = !page.window.navigator().on_line();
            self.words = words_of(&answer, offline, &origin, self.failures);
        }
        &self.words
    }
}

fn words_of(answer: &Answer, offline: bool, origin: &str, failures: usize) -> String {
    match answer {
        Answer::Failed if offline => "This device is offline".to_owned(),
        Answer::Failed => "The server cannot be reached".to_owned(),
        Answer::Refused(403, why) if why.contains("allowed_origins") => why.clone(),
        Answer::Refused(403, _) => format!(
            "The server refuses connections from this page: add {origin} to its setting allowed_origins"
        ),
        Answer::Refused(502 | 504, _) => "The server behind this address does not answer".to_owned(),
        Answer::Refused(429 | 503, why) if !why.is_empty() => why.clone(),
        Answer::Refused(429 | 503, _) => "The server is full".to_owned(),
        Answer::Json(_) | Answer::Refused(..) if failures < SURE_AFTER => String::new(),
        Answer::Json(_) | Answer::Refused(..) => format!(
            "The server is there, but opens no socket for this page: add {origin} to its setting allowed_origins, \
             and a proxy on the way must let WebSockets through"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_say_what_can_be_done() {
        let words = |answer: Answer, failures| words_of(&answer, false, "https://game.example", failures);
        let refused = |status, why: &str| Answer::Refused(status, why.to_owned());
        assert_eq!(words(Answer::Failed, 1), "The server cannot be reached");
        assert_eq!(words_of(&Answer::Failed, true, "", 1), "This device is offline");
        assert!(
            words(refused(403, "no"), 1).ends_with("add https://game.example to its setting allowed_origins")
        );
        assert_eq!(words(refused(403, "see allowed_origins"), 1), "see allowed_origins");
        assert_eq!(words(refused(503, "the server is restarting"), 1), "the server is restarting");
        assert_eq!(words(refused(426, "upgrade"), 1), "");
        assert!(
            words(refused(426, "upgrade"), 2)
                .contains("add https://game.example to its setting allowed_origins")
        );
        assert!(words(refused(404, ""), 3).contains("WebSockets"));
    }
}
