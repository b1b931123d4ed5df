//! The server of this repository: the games that it plays.

use perigee_arena::Arena;
use perigee_hockey::Hockey;
use perigee_server::{Game, Games};
use std::process::ExitCode;

const GAMES: Games = Games::new(&[Game::of::<Arena>(), Game::of::<Hockey>()]);

fn main() -> ExitCode {
    perigee_server::program::main(GAMES)
}
