//! Perigee's shared crate: messages and netcode, for the server, the browser and the bots. It knows no game.
//!
//! Pure code. Time, randomness and bytes are arguments; there is no socket, file, thread or clock in here, and the same
//! inputs give the same bits on every platform. Allowed imports: `limits, ids, tick, rng, backoff, token_bucket, hash,
//! bits, bitset, grid <- netcode::{entity, exchange, codec, state, seam} <- protocol <- netcode::{replay, authority, client}
//! <- presentation`.

pub mod backoff;
pub mod bits;
pub mod bitset;
pub mod grid;
pub mod hash;
pub mod ids;
pub mod limits;
pub mod netcode;
pub mod presentation;
pub mod protocol;
pub mod rng;
pub mod tick;
pub mod token_bucket;
