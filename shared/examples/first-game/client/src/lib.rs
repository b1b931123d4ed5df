//! The browser's bundle, with the games that its page plays.

perigee_client::bundle!(first_game::view::FirstGameStage);
