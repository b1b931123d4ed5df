//! The page as the game's table has it: the line on the front page, the words on touch buttons, and none of the parts that
//! the game has nothing for.

use crate::page::Page;
use perigee_shared::netcode::{About, Control};
use perigee_shared::presentation::ColorSet;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// Shows the page as one of that game.
pub(crate) fn show(page: &Page, about: &About) -> Result<(), JsValue> {
    let words = |id: &str, text: &str| -> Result<(), JsValue> {
        page.element::<HtmlElement>(id)?.set_text_content(Some(text));
        Ok(())
    };
    let hands = &about.hands;
    let mark =
        |control: Option<Control>| control.map_or(String::new(), |control| control.mark().to_lowercase());
    words("tagline", about.tagline)?;
    words("primary-mark", &mark(hands.primary))?;
    words("secondary-mark", &mark(hands.secondary))?;
    page.show_element("hand-choice", hand_label(about).is_some());
    words("hand-label", &hand_label(about).unwrap_or_default())?;
    // The style sheet leaves out what is not there.
    let has = |there: bool| if there { "1" } else { "0" };
    page.mark("primary-button", has(hands.primary.is_some()));
    page.mark("secondary-button", has(hands.secondary.is_some()));
    page.mark("trades", has(about.has_market));
    page.mark("boards", has(about.boards().next().is_some()));
    page.mark("game", &about.title.to_lowercase());
    Ok(())
}

/// What the choice of a thumb for the touch buttons is called; `None` in a game that has none.
fn hand_label(about: &About) -> Option<String> {
    let control = about.hands.primary.or(about.hands.secondary)?;
    Some(format!("Touch: {} with", control.mark().to_lowercase()))
}

/// Shows its teams in their colours of that set.
pub(crate) fn color_teams(page: &Page, about: &About, set: ColorSet) {
    let place = match set {
        ColorSet::Standard => 0,
        ColorSet::Safe => 1,
    };
    for (team, variable) in about.teams.iter().zip(["--team-a", "--team-b"]) {
        page.set_style_variable(variable, &format!("#{:06x}", team.colors[place]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Hands;

    #[test]
    fn the_choice_of_a_thumb_is_in_the_games_words_and_only_where_there_is_a_button() {
        let label = |primary, secondary| {
            let hands = Hands::usual(["Up", "Down", "Left", "Right"], primary, secondary);
            hand_label(&About { hands, ..About::named("toy") })
        };
        assert_eq!(label(Some("Strike"), Some("Dash")).as_deref(), Some("Touch: strike with"));
        assert_eq!(label(None, Some("Dash")).as_deref(), Some("Touch: dash with"));
        assert_eq!(label(None, None), None);
    }
}
