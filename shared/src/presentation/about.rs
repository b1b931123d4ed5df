//! What a page says of a game in words, and which of its own parts it shows for it.

/// What the player's hands do in a game, as titles: "Turn left".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hands {
    /// Key W, arrow up, stick.
    pub forward: &'static str,
    /// Key S, arrow down, B on a pad.
    pub back: &'static str,
    /// Key A, arrow left, stick.
    pub left: &'static str,
    /// Key D, arrow right, stick.
    pub right: &'static str,
    /// Space, left mouse button, RT or A on a pad, the free thumb.
    pub primary: &'static str,
    /// Key E, left shift, middle mouse button, LT or X on a pad, a button of its own for a thumb. `None`: nothing.
    pub secondary: Option<&'static str>,
}

/// A game in a page's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// What players call it.
    pub title: &'static str,
    /// One line for the front page.
    pub tagline: &'static str,
    /// What the hands do.
    pub hands: Hands,
    /// Whether anything is traded: without, the page has no market, no ticker and no key for them.
    pub has_market: bool,
}
