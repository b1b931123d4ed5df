//! The server, with the games that it plays.

fn main() -> std::process::ExitCode {
    perigee_server::main!(first_game::FirstGame)
}
