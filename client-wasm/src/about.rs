//! The page in the words of the game that it plays: its line on the front page, the words on touch buttons; and without those of
//! its parts that the game has nothing for.

use crate::page::Page;
use perigee_shared::netcode::About;
use perigee_shared::presentation::ColorSet;
use wasm_bindgen::JsValue;
use web_sys::HtmlElement;

/// Shows the page as one of that game.
pub(crate) fn show(page: &Page, about: &About) -> Result<(), JsValue> {
    let words = |id: &str, text: &str| -> Result<(), JsValue> {
        page.element::<HtmlElement>(id)?.set_text_content(Some(text));
        Ok(())
    };
    let secondary = about.hands.secondary.map_or("", |control| control.mark());
    words("tagline", about.tagline)?;
    words("primary-mark", &about.hands.primary.mark().to_lowercase())?;
    words("secondary-mark", &secondary.to_lowercase())?;
    // The style sheet leaves out what is not there.
    let has = |there: bool| if there { "1" } else { "0" };
    page.mark("buttons", if about.hands.secondary.is_some() { "2" } else { "1" });
    page.mark("trades", has(about.has_market));
    page.mark("boards", has(about.boards().next().is_some()));
    page.mark("game", &about.title.to_lowercase());
    Ok(())
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
