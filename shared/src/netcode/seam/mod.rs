//! What a game is: the traits that it implements and the types in which it reports a match.

pub mod about;
pub mod belongings;
pub mod bulletin;
pub mod input;
pub mod scenario;
pub mod simulation;
pub mod standing;
pub mod statistics;
