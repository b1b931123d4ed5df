//! The server of this repository: the games that it plays.

fn main() -> std::process::ExitCode {
    perigee_server::main!(perigee_arena::Arena, perigee_hockey::Hockey)
}
