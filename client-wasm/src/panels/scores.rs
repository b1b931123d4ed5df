//! The scoreboard: everybody in the room, by team; held up while its key is, and by itself when a round is over. Who is
//! in a team may ask for the other here.

use crate::page::{Page, listen};
use crate::panels::dom::{add, grouped, set_data, set_disabled, set_text};
use crate::panels::lobby::clock;
use crate::panels::ranks::{Rank, ranks};
use crate::panels::requests::{PanelRequest, PanelRequests};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, RoundPhase, TeamAbout};
use perigee_shared::presentation::{RoundEnd, RoundHud, TeamOffer};
use perigee_shared::protocol::RosterEntry;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlElement};

/// Time between two writings, microseconds: the roster comes three times a second.
const INTERVAL_US: u64 = 300_000;

/// The scoreboard.
#[derive(Debug)]
pub(crate) struct Scores {
    page: Rc<Page>,
    about: &'static About,
    panel: HtmlElement,
    rows: HtmlElement,
    title: HtmlElement,
    time: HtmlElement,
    line: HtmlElement,
    change: HtmlElement,
    change_words: HtmlElement,
    /// The team that the button asks for.
    other_team: Rc<Cell<u8>>,
    shown: Vec<Rank>,
    shown_round: Option<RoundHud>,
    shown_at_us: u64,
    /// Whether its key is held.
    pub(crate) held: bool,
    /// Whether a round was over when last looked.
    was_over: bool,
}

impl Scores {
    pub(crate) fn new(
        page: &Rc<Page>,
        requests: &PanelRequests,
        about: &'static About,
    ) -> Result<Self, JsValue> {
        let head: HtmlElement = page.element("scores-head")?;
        for statistic in about.statistics {
            add(page, &head, "th", "", statistic.title)?;
        }
        let (change, other_team) = (page.element::<HtmlElement>("scores-change")?, Rc::new(Cell::new(0)));
        let (requests, asked) = (requests.clone(), Rc::clone(&other_team));
        listen(&change, "click", move |_: Event| requests.push(PanelRequest::JoinTeam(asked.get())))?;
        Ok(Self {
            page: Rc::clone(page),
            about,
            panel: page.element("panel-scores")?,
            rows: page.element("scores-rows")?,
            title: page.element("scores-title")?,
            time: page.element("scores-time")?,
            line: page.element("round")?,
            change,
            change_words: page.element("scores-change-words")?,
            other_team,
            shown: Vec::new(),
            shown_round: None,
            shown_at_us: 0,
            held: false,
            was_over: false,
        })
    }

    /// Whether a round ended or began since the last call, and which of them.
    pub(crate) fn take_turn(&mut self, round: Option<&RoundHud>) -> Option<bool> {
        let is_over = round.is_some_and(RoundHud::is_over);
        (std::mem::replace(&mut self.was_over, is_over) != is_over).then_some(is_over)
    }

    /// Writes the line about the round above the best few.
    pub(crate) fn show_line(&self, round: Option<&RoundHud>) {
        set_text(&self.line, &line(self.about, round));
        set_data(&self.line, "team", &round.map_or(0, |round| round.own_team).to_string());
    }

    /// Writes into the page what changed, if it is seen and time.
    pub(crate) fn show(
        &mut self,
        roster: &[RosterEntry],
        me: PlayerId,
        round: Option<&RoundHud>,
        now_us: u64,
    ) -> Result<(), JsValue> {
        if now_us.saturating_sub(self.shown_at_us) < INTERVAL_US {
            return Ok(());
        }
        self.shown_at_us = now_us;
        let ranks = ranks(self.about, roster, Some(me));
        if ranks != self.shown
            || round.map(|round| round.team_scores) != self.shown_round.as_ref().map(|r| r.team_scores)
        {
            self.show_rows(&ranks, round)?;
            self.shown = ranks;
        }
        if self.shown_round.as_ref().map(|round| &round.other_team) != round.map(|round| &round.other_team) {
            self.show_offer(round.and_then(|round| round.other_team.as_ref()));
        }
        self.shown_round = round.cloned();
        set_text(&self.title, &title(self.about, round));
        set_text(&self.time, &time(self.about, round));
        Ok(())
    }

    fn show_offer(&self, offer: Option<&TeamOffer>) {
        self.change.set_hidden(offer.is_none());
        set_disabled(&self.change, offer.is_none_or(|offer| !offer.refused.is_empty()));
        self.other_team.set(offer.map_or(0, |offer| offer.team));
        let team = offer.and_then(|offer| self.about.team(offer.team));
        set_text(&self.change, &team.map_or(String::new(), |team| format!("Change to {}", signed(team))));
        set_text(&self.change_words, offer.map_or("", |offer| offer.refused.as_str()));
    }

    fn show_rows(&self, ranks: &[Rank], round: Option<&RoundHud>) -> Result<(), JsValue> {
        self.rows.set_text_content(None);
        let scores = round.and_then(|round| round.team_scores);
        // Where there is no room for all columns, it decides which are shown.
        set_data(&self.panel, "teams", if scores.is_some() { "1" } else { "0" });
        let mut team_before = 0;
        for rank in ranks {
            let team = rank.standing.team;
            if team != team_before && scores.is_some() {
                self.add_team(team, scores)?;
            }
            team_before = team;
            self.add_row(rank)?;
        }
        Ok(())
    }

    fn add_team(&self, team: u8, scores: Option<[u32; 2]>) -> Result<(), JsValue> {
        let line = add(&self.page, &self.rows, "tr", "team", "")?;
        set_data(&line, "team", &team.to_string());
        let at = usize::from(team).wrapping_sub(1);
        let name = self.about.team(team).map_or("No team".to_owned(), signed);
        let name = add(&self.page, &line, "th", "", &name)?;
        name.set_attribute("colspan", "2")?;
        let points = scores.and_then(|scores| scores.get(at).copied());
        add(&self.page, &line, "th", "score", &points.map_or(String::new(), |n| n.to_string()))?;
        Ok(())
    }

    fn add_row(&self, rank: &Rank) -> Result<(), JsValue> {
        let line = add(&self.page, &self.rows, "tr", if rank.own { "own" } else { "" }, "")?;
        set_data(&line, "team", &rank.standing.team.to_string());
        add(&self.page, &line, "td", "rank", &rank.place.to_string())?;
        add(&self.page, &line, "td", if rank.bot { "who bot" } else { "who" }, &rank.name)?;
        let standing = &rank.standing;
        let score = ("score", grouped(standing.score.into()));
        let counts =
            (0..self.about.statistics.len()).map(|at| ("count", grouped(standing.statistics.get(at))));
        let cells = std::iter::once(score).chain(counts);
        for (class, text) in cells {
            add(&self.page, &line, "td", class, &text)?;
        }
        Ok(())
    }
}

/// A team in words, with a mark so that colour is not the only sign.
fn signed(team: &TeamAbout) -> String {
    format!("{} {}", team.mark, team.name)
}

/// What stands above the rows: how the round ended, as the game says, never as the rows look.
fn title(about: &About, round: Option<&RoundHud>) -> String {
    match round {
        Some(round) if round.is_over() => {
            let over = format!("{} over", capitalized(about.round));
            match &round.result {
                Some(RoundEnd::Team(team, name)) => {
                    let mark = about.team(*team).map_or("", |team| team.mark);
                    format!("{over}: {mark} {name} wins")
                }
                Some(result) => format!("{over}: {}", result.verdict()),
                None => over,
            }
        }
        _ => "Scores".to_owned(),
    }
}

/// With a capital letter.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How the match stands in a line: points, what the game says of it, time.
fn line(about: &About, round: Option<&RoundHud>) -> String {
    let Some(round) = round else { return String::new() };
    let mut parts: Vec<String> = Vec::new();
    if let Some([a, b]) = round.team_scores {
        let [first, second] = [1, 2].map(|team| about.team(team).map_or("", |team| team.mark));
        parts.push(format!("{first} {a} : {b} {second}"));
    }
    parts.extend(round.words.clone());
    if round.phase == RoundPhase::Waiting {
        parts.push("waiting".to_owned());
    } else if round.left_s > 0 {
        parts.push(clock(round.left_s));
    }
    parts.join(" · ")
}

fn time(about: &About, round: Option<&RoundHud>) -> String {
    match round {
        Some(round) if round.is_over() => format!("Next {} in {} s", about.round, round.left_s),
        Some(round) if round.left_s > 0 => format!("{} left", clock(round.left_s)),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAME: About = About {
        teams: &[
            TeamAbout { name: "Team A", mark: "▲", colors: [0; 2] },
            TeamAbout { name: "Team B", mark: "■", colors: [0; 2] },
        ],
        ..About::named("game")
    };
    const OVER: RoundHud = RoundHud {
        phase: RoundPhase::Scoreboard,
        left_s: 7,
        team_scores: None,
        own_team: 0,
        other_team: None,
        words: None,
        result: None,
    };

    #[test]
    fn the_end_of_a_round_says_who_won() {
        let over = |result| {
            title(&GAME, Some(&RoundHud { result: Some(result), team_scores: Some([9, 3]), ..OVER }))
        };
        let by = |own| RoundEnd::Player { name: "Ada".to_owned(), own };
        assert_eq!(over(RoundEnd::Team(2, "Team B")), "Round over: ■ Team B wins", "whatever the points say");
        assert_eq!(over(RoundEnd::Draw), "Round over: a draw");
        assert_eq!(over(RoundEnd::Nobody), "Round over: nobody wins");
        assert_eq!([false, true].map(|own| over(by(own))), ["Round over: Ada wins", "Round over: you win"]);
        assert_eq!(title(&GAME, Some(&OVER)), "Round over");
        let matches = About { round: "match", ..GAME };
        assert_eq!(title(&matches, Some(&OVER)), "Match over");
        assert_eq!(time(&matches, Some(&OVER)), "Next match in 7 s");
        assert_eq!(title(&GAME, None), "Scores");
        assert_eq!(time(&GAME, Some(&OVER)), "Next round in 7 s");
    }

    #[test]
    fn a_line_says_how_the_match_stands() {
        let round = RoundHud { phase: RoundPhase::Playing, left_s: 125, team_scores: Some([12, 9]), ..OVER };
        let words = |words: Option<&str>| {
            line(&GAME, Some(&RoundHud { words: words.map(str::to_owned), ..round.clone() }))
        };
        assert_eq!(words(None), "▲ 12 : 9 ■ · 2:05");
        assert_eq!(words(Some("flag free")), "▲ 12 : 9 ■ · flag free · 2:05");
        assert_eq!(line(&GAME, None), "");
        assert_eq!(
            time(&GAME, Some(&RoundHud { phase: RoundPhase::Playing, left_s: 125, ..OVER })),
            "2:05 left"
        );
    }
}
