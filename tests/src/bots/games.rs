//! The games that bots play: one table without the games' types, like the server's.

use super::arena::Pilot;
use super::client::BotClient;
use super::controller::Controller;
use super::hockey::Skater;
use super::{BotReport, Start};
use perigee_shared::netcode::Simulation;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// All of them; the first is the default.
pub const GAMES: &[BotGame] = &[BotGame::of::<Pilot>(), BotGame::of::<Skater>()];

/// A game as a program that starts bots sees it.
#[derive(Clone, Copy, Debug)]
pub struct BotGame {
    /// Its name on the server.
    pub name: &'static str,
    /// Its behaviours, the default one first.
    pub behaviours: &'static [&'static str],
    /// Starts one bot, which plays until it is told to end.
    pub(super) start: fn(Start, watch::Receiver<bool>) -> JoinHandle<BotReport>,
}

impl BotGame {
    const fn of<C: Controller>() -> Self {
        Self {
            name: <C::Game as Simulation>::ABOUT.name,
            behaviours: C::BEHAVIOURS,
            start: |start, ending| tokio::spawn(BotClient::<C>::new(start).play(ending)),
        }
    }

    /// The game of that name.
    ///
    /// # Errors
    /// A sentence that says which there are.
    pub fn named(name: &str) -> Result<Self, String> {
        let named = GAMES.iter().find(|game| game.name == name).copied();
        named.ok_or_else(|| {
            let names: Vec<&str> = GAMES.iter().map(|game| game.name).collect();
            format!("{name:?} is not a game that bots play: these are {}", names.join(" and "))
        })
    }

    /// How its bots are to play: the usual way where nothing is said.
    ///
    /// # Errors
    /// A sentence that says what is allowed.
    pub fn behaviour(&self, named: Option<&str>) -> Result<&'static str, String> {
        let Some(named) = named else { return Ok(self.behaviours[0]) };
        self.behaviours.iter().find(|behaviour| **behaviour == named).copied().ok_or_else(|| {
            let allowed = self.behaviours.join(", ");
            format!("{named:?} is not how {} is played: allowed are {allowed}", self.name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bots::controller::Part;

    fn check<C: Controller>() {
        for behaviour in C::BEHAVIOURS {
            assert!(C::new(Part { behaviour, seed: 1, uses_services: false }).is_some(), "{behaviour}");
        }
        assert!(C::new(Part { behaviour: "sulk", seed: 1, uses_services: false }).is_none());
    }

    #[test]
    fn a_game_has_the_behaviours_that_it_names_and_says_so() {
        check::<Pilot>();
        check::<Skater>();
        let hockey = BotGame::named("hockey").unwrap();
        assert_eq!(hockey.behaviour(None), Ok("mixed"));
        assert_eq!(hockey.behaviour(Some("veteran")), Ok("veteran"));
        let sentence = hockey.behaviour(Some("hunt")).unwrap_err();
        assert_eq!(
            sentence,
            "\"hunt\" is not how hockey is played: allowed are mixed, rookie, able, veteran, idle"
        );
        assert_eq!(BotGame::named("arena").unwrap().behaviour(None), Ok("wander"));
        let sentence = BotGame::named("chess").unwrap_err();
        assert_eq!(sentence, "\"chess\" is not a game that bots play: these are arena and hockey");
    }

    #[test]
    fn all_games_of_the_server_are_played() {
        let names: Vec<&str> = GAMES.iter().map(|game| game.name).collect();
        assert_eq!(crate::GAMES.iter().map(|game| game.name).collect::<Vec<_>>(), names);
    }
}
