//! A headline with names filled in: as JSON for the feed, and as a line for the room's chat.

use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{About, Headline, Highlight, RoundResult};
use serde_json::{Map, Value};

/// A headline in words.
#[derive(Debug)]
pub(super) struct HeadlineText {
    /// For the feed.
    pub(super) public: Map<String, Value>,
    /// For the room's chat; `None` if it is not shown there.
    pub(super) line: Option<String>,
}

impl HeadlineText {
    /// `name` returns the players' names.
    pub(super) fn of(
        headline: &Headline,
        room: &str,
        about: &About,
        name: impl Fn(PlayerId) -> String,
    ) -> Self {
        match headline {
            Headline::Highlight(highlight) => Self::of_highlight(room, highlight, about, name),
            Headline::RoundOver { result, best } => Self::of_round(room, *result, *best, about, name),
        }
    }

    /// A highlight, in its game's words.
    fn of_highlight(
        room: &str,
        highlight: &Highlight,
        about: &About,
        name: impl Fn(PlayerId) -> String,
    ) -> Self {
        let mut public = beginning(highlight.kind, room);
        let team = highlight.team.and_then(|team| about.team(team)).map_or("a team", |team| team.name);
        let mut words = vec![("team", team.to_owned())];
        for (role, player) in highlight.players.into_iter().flatten() {
            let name = name(player);
            public.insert(role.to_owned(), name.clone().into());
            words.push((role, name));
        }
        if let Some(team) = highlight.team {
            public.insert("team".to_owned(), team.into());
        }
        if let Some(with) = highlight.with {
            public.insert("with".to_owned(), with.into());
        }
        Self { public, line: highlight.sentence.map(|sentence| filled_in(sentence, &words)) }
    }

    /// The result of a round, and its best player.
    fn of_round(
        room: &str,
        result: RoundResult,
        best: Option<PlayerId>,
        about: &About,
        name: impl Fn(PlayerId) -> String,
    ) -> Self {
        let (winner, best) = (result.player().map(&name), best.map(name));
        let mut public = beginning("round_over", room);
        public.insert("result".to_owned(), result.kind().into());
        public.insert("team".to_owned(), result.team().into());
        public.insert("winner".to_owned(), winner.clone().into());
        public.insert("best".to_owned(), best.clone().into());
        Self { public, line: Some(round_over(result, winner.as_deref(), best.as_deref(), about)) }
    }
}

fn beginning(kind: &str, room: &str) -> Map<String, Value> {
    Map::from_iter([("kind".to_owned(), kind.into()), ("room".to_owned(), room.into())])
}

/// The sentence with `{key}` replaced by words. The result is not scanned again: a name may contain braces.
fn filled_in(sentence: &str, words: &[(&str, String)]) -> String {
    let mut line = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        line.push_str(before);
        let (key, tail) = after.split_once('}').unwrap_or((after, ""));
        let word = words.iter().find(|(known, _)| *known == key);
        line.push_str(word.map_or(key, |(_, word)| word.as_str()));
        rest = tail;
    }
    line.push_str(rest);
    line
}

/// The result of a round, and its best player if that is not the winner.
fn round_over(result: RoundResult, winner: Option<&str>, best: Option<&str>, about: &About) -> String {
    let round = about.round;
    let line = match result {
        RoundResult::Nobody => format!("Nobody wins the {round}"),
        RoundResult::Draw => format!("The {round} ends in a draw"),
        RoundResult::Team(team) => {
            format!("{} wins the {round}", about.team(team).map_or("A team", |team| team.name))
        }
        RoundResult::Player(_) | RoundResult::Departed => {
            format!("{} wins the {round}", winner.unwrap_or("Somebody who left"))
        }
    };
    match best.filter(|&best| winner != Some(best)) {
        Some(best) => format!("{line}; {best} did best"),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::TeamAbout;

    const GAME: About = About {
        teams: &[
            TeamAbout { name: "Blue", mark: "o", colors: [0; 2] },
            TeamAbout { name: "Red", mark: "x", colors: [0; 2] },
        ],
        ..About::named("game")
    };

    const PLAIN: About = About::named("plain");

    #[test]
    fn a_highlight_is_told_in_the_words_of_its_game() {
        let highlight = Highlight {
            kind: "goal",
            players: [Some(("by", PlayerId(1))), Some(("assist", PlayerId(2)))],
            team: Some(2),
            with: Some("head"),
            sentence: Some("{by} scores for {team}, after {assist}; {nothing}"),
        };
        // A name that looks like a placeholder is not replaced.
        let name = |player: PlayerId| if player.0 == 1 { "{team}".to_owned() } else { "Bob".to_owned() };
        let story = HeadlineText::of_highlight("pit", &highlight, &GAME, name);
        assert_eq!(story.line.as_deref(), Some("{team} scores for Red, after Bob; nothing"));
        let expected = serde_json::json!({
            "kind": "goal", "room": "pit", "by": "{team}", "assist": "Bob", "team": 2, "with": "head"
        });
        assert_eq!(Value::Object(story.public), expected);
        let quiet = Highlight { sentence: None, ..highlight };
        assert_eq!(HeadlineText::of_highlight("pit", &quiet, &GAME, name).line, None);
    }

    #[test]
    fn a_round_is_told_with_the_names_of_its_teams() {
        let line = |result, best: Option<PlayerId>, about| {
            HeadlineText::of_round("pit", result, best, about, |_| "Ada".to_owned()).line.unwrap()
        };
        let ada = Some(PlayerId(1));
        assert_eq!(line(RoundResult::Team(2), ada, &GAME), "Red wins the round; Ada did best");
        assert_eq!(line(RoundResult::Team(2), None, &PLAIN), "A team wins the round");
        assert_eq!(line(RoundResult::Player(PlayerId(1)), ada, &GAME), "Ada wins the round");
        assert_eq!(line(RoundResult::Departed, None, &GAME), "Somebody who left wins the round");
        let matches = About { round: "match", ..PLAIN };
        let two = HeadlineText::of_round("pit", RoundResult::Draw, None, &matches, |_| String::new()).line;
        assert_eq!(two.as_deref(), Some("The match ends in a draw"));
    }
}
