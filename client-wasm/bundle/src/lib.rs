//! The browser bundle of this repository: the games that its page plays, as the server's `main.rs` lists them.

perigee_client::bundle!(perigee_arena::ArenaStage, perigee_hockey::HockeyStage);
