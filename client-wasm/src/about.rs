//! The page in the words of the game that it plays: its title and its line on the front page, the words on touch buttons;
//! and without those of its parts that the game has nothing for.

use crate::minimap::css_color;
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
    let cost = about.cost().map_or("", |at| about.statistics[at].title);
    words("scores-cost", cost)?;
    page.show_element("scores-cost", !cost.is_empty());
    let controls = &about.controls;
    let mark =
        |control: Option<Control>| control.map_or(String::new(), |control| control.mark().to_lowercase());
    page.document.set_title(about.title);
    words("title", about.title)?;
    words("tagline", about.tagline)?;
    words("primary-mark", &mark(controls.primary))?;
    words("secondary-mark", &mark(controls.secondary))?;
    page.show_element("hand-choice", hand_label(about).is_some());
    words("hand-label", &hand_label(about).unwrap_or_default())?;
    // The style sheet leaves out what is not there.
    let has = |there: bool| if there { "1" } else { "0" };
    page.mark("primary-button", has(controls.primary.is_some()));
    page.mark("secondary-button", has(controls.secondary.is_some()));
    page.mark("trades", has(about.has_market));
    page.mark("boards", has(about.has_boards()));
    page.mark("game", about.name);
    Ok(())
}

/// What the choice of a thumb for the touch buttons is called; `None` in a game that has none.
fn hand_label(about: &About) -> Option<String> {
    let control = about.controls.primary.or(about.controls.secondary)?;
    Some(format!("Touch: {} with", control.mark().to_lowercase()))
}

/// Shows its teams in their colours of that set.
pub(crate) fn color_teams(page: &Page, about: &About, set: ColorSet) {
    for (team, variable) in about.teams.iter().zip(["--team-a", "--team-b"]) {
        page.set_style_variable(variable, &css_color(set.choose(team.colors)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use perigee_shared::netcode::Controls;

    #[test]
    fn the_choice_of_a_thumb_is_in_the_games_words_and_only_where_there_is_a_button() {
        let label = |primary, secondary| {
            let controls = Controls::usual(["Up", "Down", "Left", "Right"], primary, secondary);
            hand_label(&About { controls, ..About::named("toy") })
        };
        assert_eq!(label(Some("Strike"), Some("Dash")).as_deref(), Some("Touch: strike with"));
        assert_eq!(label(None, Some("Dash")).as_deref(), Some("Touch: dash with"));
        assert_eq!(label(None, None), None);
    }
}
