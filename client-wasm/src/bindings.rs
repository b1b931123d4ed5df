//! Which key does what. A key does one thing: the last binding wins, and the action that lost its key is returned.
//!
//! Keys are named as the browser's `KeyboardEvent.code` names them: by their place on the board, not by their letter.
//! Knows no page.

use perigee_shared::netcode::{About, BOARDS_KEY, Control, MARKET_KEY};

/// Keys that one action may have.
pub(crate) const KEYS_PER_ACTION: usize = 2;
/// Longest name of a key that is accepted, bytes.
const MAX_CODE_BYTES: usize = 24;

/// What a key can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Forward,
    Back,
    Left,
    Right,
    Primary,
    Secondary,
    Map,
    Chat,
    Market,
    Leaders,
    Lobby,
    Settings,
    Mute,
}

impl Action {
    /// All of them, in the order of the settings panel.
    pub(crate) const ALL: [Self; 13] = [
        Self::Forward,
        Self::Back,
        Self::Left,
        Self::Right,
        Self::Primary,
        Self::Secondary,
        Self::Map,
        Self::Chat,
        Self::Market,
        Self::Leaders,
        Self::Lobby,
        Self::Settings,
        Self::Mute,
    ];

    /// Whether it lasts as long as its key is held; the others happen once.
    pub(crate) fn is_held(self) -> bool {
        matches!(
            self,
            Self::Forward
                | Self::Back
                | Self::Left
                | Self::Right
                | Self::Primary
                | Self::Secondary
                | Self::Map
        )
    }

    /// What it is called in the player's memory and in the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Back => "back",
            Self::Left => "left",
            Self::Right => "right",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Map => "map",
            Self::Chat => "chat",
            Self::Market => "market",
            Self::Leaders => "leaders",
            Self::Lobby => "lobby",
            Self::Settings => "settings",
            Self::Mute => "mute",
        }
    }

    /// What the player reads; `None` for what the game does not have.
    pub(crate) fn title(self, about: &About) -> Option<&'static str> {
        Some(match self {
            Self::Forward | Self::Back | Self::Left | Self::Right | Self::Primary | Self::Secondary => {
                return self.control(about).map(|control| control.title);
            }
            Self::Map if about.has_map => "Map and scores",
            Self::Map => "Scores",
            Self::Chat => "Chat",
            Self::Market => return about.has_market.then_some("Market"),
            Self::Leaders => return about.has_boards().then_some("Leaders"),
            Self::Lobby => "Rooms",
            Self::Settings => "Settings",
            Self::Mute => "Mute",
        })
    }

    /// What the game says of it; `None` for what the page does, and for what the game does not have.
    fn control(self, about: &About) -> Option<Control> {
        let controls = &about.controls;
        match self {
            Self::Forward => Some(controls.forward),
            Self::Back => Some(controls.back),
            Self::Left => Some(controls.left),
            Self::Right => Some(controls.right),
            Self::Primary => controls.primary,
            Self::Secondary => controls.secondary,
            Self::Map
            | Self::Chat
            | Self::Market
            | Self::Leaders
            | Self::Lobby
            | Self::Settings
            | Self::Mute => None,
        }
    }

    /// Its keys until the player chooses others; none for what the game does not have.
    fn default_codes(self, about: &About) -> [&'static str; KEYS_PER_ACTION] {
        match self {
            _ if self.title(about).is_none() => [""; KEYS_PER_ACTION],
            Self::Forward | Self::Back | Self::Left | Self::Right | Self::Primary | Self::Secondary => {
                self.control(about).map_or([""; KEYS_PER_ACTION], |control| control.keys)
            }
            Self::Map => ["Tab", ""],
            Self::Chat => ["Enter", "KeyT"],
            Self::Market => [MARKET_KEY, ""],
            Self::Leaders => [BOARDS_KEY, ""],
            Self::Lobby => ["KeyB", ""],
            Self::Settings => ["KeyO", ""],
            Self::Mute => ["KeyN", ""],
        }
    }
}

/// Every action's keys; an empty name means that there is no key. By default there are none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bindings {
    codes: [[String; KEYS_PER_ACTION]; Action::ALL.len()],
    /// What the game does not have: no key does it, whatever was chosen in another game.
    absent: [bool; Action::ALL.len()],
}

impl Bindings {
    /// The keys until the player chooses others.
    pub(crate) fn of(about: &About) -> Self {
        Self {
            codes: Action::ALL.map(|action| action.default_codes(about).map(str::to_owned)),
            absent: Action::ALL.map(|action| action.title(about).is_none()),
        }
    }

    /// What that key does.
    pub(crate) fn action_of(&self, code: &str) -> Option<Action> {
        let at = self.codes.iter().position(|keys| keys.iter().any(|key| key == code && !key.is_empty()))?;
        Some(Action::ALL[at])
    }

    /// The keys of an action; empty names where there is none.
    pub(crate) fn codes(&self, action: Action) -> &[String; KEYS_PER_ACTION] {
        &self.codes[action as usize]
    }

    /// Gives a key to an action at `place`. Tells which other action lost it; `Err` if the key belongs to the browser, or
    /// if the game does not have the action.
    pub(crate) fn bind(
        &mut self,
        action: Action,
        place: usize,
        code: &str,
    ) -> Result<Option<Action>, Refused> {
        if !may_bind(code) || self.absent[action as usize] {
            return Err(Refused);
        }
        let before = self.action_of(code);
        self.codes.iter_mut().flatten().filter(|key| *key == code).for_each(String::clear);
        self.codes[action as usize][place.min(KEYS_PER_ACTION - 1)] = code.to_owned();
        Ok(before.filter(|&other| other != action))
    }

    /// Takes the key away that an action has at `place`.
    pub(crate) fn clear(&mut self, action: Action, place: usize) {
        if let Some(key) = self.codes[action as usize].get_mut(place) {
            key.clear();
        }
    }

    /// An action's keys in one word each, as they are remembered.
    pub(crate) fn encode(&self, action: Action) -> String {
        self.codes(action).join(" ")
    }

    /// Takes remembered keys in place of the present ones. What cannot be a key's name is left out.
    pub(crate) fn decode(&mut self, action: Action, text: &str) {
        self.codes[action as usize] = Default::default();
        for (place, code) in text.split(' ').take(KEYS_PER_ACTION).enumerate() {
            // A key that the browser keeps for itself was never given away: the memory is damaged there.
            let _ = self.bind(action, place, code);
        }
    }
}

/// The browser or the page needs the key for itself, or the game does not have what it would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Whether a key may be bound: not those that leave panels, make shortcuts, or are the browser's own.
pub(crate) fn may_bind(code: &str) -> bool {
    let is_name =
        (1..=MAX_CODE_BYTES).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_function = code.strip_prefix('F').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    let is_shortcut = ["Control", "Alt", "Meta", "OS"].iter().any(|begin| code.starts_with(begin));
    is_name && !is_function && !is_shortcut && !matches!(code, "Escape" | "ContextMenu" | "CapsLock")
}

/// What a key is called while what is written on it is unknown.
pub(crate) fn label(code: &str) -> String {
    match code {
        "" => "–".to_owned(),
        "ArrowUp" => "↑".to_owned(),
        "ArrowDown" => "↓".to_owned(),
        "ArrowLeft" => "←".to_owned(),
        "ArrowRight" => "→".to_owned(),
        "ShiftLeft" => "left shift".to_owned(),
        "ShiftRight" => "right shift".to_owned(),
        _ => {
            let bare = ["Key", "Digit"].iter().find_map(|begin| code.strip_prefix(begin));
            match bare.filter(|rest| rest.len() == 1) {
                Some(rest) => rest.to_owned(),
                None => words(code),
            }
        }
    }
}

/// `NumpadEnter` as `numpad enter`.
fn words(code: &str) -> String {
    let mut out = String::new();
    for c in code.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::{Controls, Merge, Statistic};

    const TOY: About = About {
        controls: Controls::usual(["Up", "Down", "Left", "Right"], Some("Hit"), Some("Jump")),
        statistics: &[Statistic::ranked("hits", "Hits", Merge::Sum)],
        has_market: true,
        ..About::named("toy")
    };

    #[test]
    fn a_game_says_which_keys_steer_it_and_never_takes_those_of_the_page() {
        let primary = Control::new("Hit", ["KeyJ", "KeyK"]);
        let about =
            About { controls: Controls { primary: Some(primary), secondary: None, ..TOY.controls }, ..TOY };
        let bindings = Bindings::of(&about);
        assert_eq!(bindings.codes(Action::Primary), &["KeyJ", "KeyK"]);
        assert_eq!(bindings.codes(Action::Secondary), &["", ""]);
        let pages = Action::ALL.into_iter().filter(|action| action.control(&TOY).is_none());
        let keys = pages.flat_map(|action| action.default_codes(&TOY)).filter(|key| !key.is_empty());
        assert!(keys.chain(["Escape"]).all(|key| TOY.is_page_key(key)));
    }

    #[test]
    fn what_a_game_does_not_have_takes_no_key_from_it() {
        let primary = Control::new("Hit", [MARKET_KEY, BOARDS_KEY]);
        let mut about = About { has_market: false, statistics: &[], ..TOY };
        about.controls.primary = Some(primary);
        let mut bindings = Bindings::of(&about);
        assert_eq!(bindings.action_of(MARKET_KEY), Some(Action::Primary));
        assert_eq!(bindings.action_of(BOARDS_KEY), Some(Action::Primary));
        // As it was chosen in a game that has one.
        bindings.decode(Action::Market, "KeyW KeyK");
        assert_eq!((bindings.action_of("KeyW"), bindings.action_of("KeyK")), (Some(Action::Forward), None));
    }

    #[test]
    fn every_default_key_does_one_thing() {
        let bindings = Bindings::of(&TOY);
        let mut seen = Vec::new();
        for (at, action) in Action::ALL.into_iter().enumerate() {
            assert_eq!(action as usize, at);
            for code in bindings.codes(action).iter().filter(|code| !code.is_empty()) {
                assert!(may_bind(code), "{code}");
                assert_eq!(bindings.action_of(code), Some(action));
                assert!(!seen.contains(code), "{code} twice");
                seen.push(code.clone());
            }
        }
        assert_eq!(bindings.action_of(""), None);
        assert_eq!(bindings.action_of("KeyZ"), None);
    }

    #[test]
    fn the_last_binding_wins_and_the_loser_is_told() {
        let mut bindings = Bindings::of(&TOY);
        assert_eq!(bindings.bind(Action::Primary, 1, "KeyM"), Ok(Some(Action::Market)));
        assert_eq!(bindings.action_of("KeyM"), Some(Action::Primary));
        assert_eq!(bindings.codes(Action::Market), &["", ""]);
        assert_eq!(bindings.bind(Action::Primary, 0, "KeyM"), Ok(None), "moved within the action");
        assert_eq!(bindings.codes(Action::Primary), &["KeyM", ""]);
        assert_eq!(bindings.action_of("Space"), None);
        bindings.clear(Action::Primary, 0);
        assert_eq!(bindings.action_of("KeyM"), None);
    }

    #[test]
    fn keys_of_the_browser_are_refused() {
        let mut bindings = Bindings::of(&TOY);
        let long = "A".repeat(MAX_CODE_BYTES + 1);
        for code in ["Escape", "F3", "F12", "ControlLeft", "AltRight", "MetaLeft", "", "Key W", "Käse", &long]
        {
            assert_eq!(bindings.bind(Action::Primary, 0, code), Err(Refused), "{code}");
        }
        assert_eq!(bindings, Bindings::of(&TOY));
        assert!(may_bind("KeyF"));
    }

    #[test]
    fn what_is_remembered_comes_back_and_damage_does_no_harm() {
        let mut bindings = Bindings::of(&TOY);
        bindings.bind(Action::Left, 0, "KeyQ").unwrap();
        bindings.clear(Action::Mute, 0);
        let mut again = Bindings::of(&TOY);
        Action::ALL.into_iter().for_each(|action| again.decode(action, &bindings.encode(action)));
        assert_eq!(again, bindings);
        again.decode(Action::Primary, "Escape F5 KeyX \u{0}");
        assert_eq!(again.codes(Action::Primary), &["", ""]);
        again.decode(Action::Primary, "KeyX");
        assert_eq!(again.codes(Action::Primary), &["KeyX", ""]);
    }

    #[test]
    fn keys_have_readable_labels() {
        let labels =
            ["KeyW", "ArrowUp", "Space", "ShiftLeft", "Digit5", "NumpadEnter", "Backquote", ""].map(label);
        assert_eq!(labels, ["W", "↑", "space", "left shift", "5", "numpad enter", "backquote", "–"]);
    }
}
