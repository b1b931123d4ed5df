//! All integration tests, in one binary: it links once, and helpers are written once.
//!
//! - `support`: a server in this process, and sockets to it
//! - `client`: a player in this process, over any stream; `proxy`: a cable that can be pulled
//! - `architecture`: which room of the house may know which
//! - `wire`: the bytes that `PROTOCOL.md` documents, and the movements that the games' chapters do
//! - `simulation`: Host and Peers in virtual time over a simulated network
//! - `long_match`: minutes of mixed bots, counted and played back
//! - `replay`: a recorded match comes back bit for bit, here and on every other platform
//! - `play`: bots over real sockets
//! - `hostile`: whatever a client may do wrong; `sockets`: what the three sockets do alike; `raw`: a WebSocket by hand; `conformance`: the RFC; `storm`: joins without end
//! - `fuzz`: bytes that anybody may send or leave behind, for a moment each; `make fuzz` for longer
//! - `killed`: what the next server has of one that was killed; `clock`: of one whose clock was wrong
//! - `metrics`: that `server/METRICS.md` tells all of them
//! - `lobby`: rooms that open and close; `spectate`: spectators
//! - `slow`: who reads slowly or never answers
//! - `overload`: a room whose ticks cost too much
//! - `resume`: who comes back
//! - `identity`: who is known again, by what, and under which name
//! - `console`: the admin socket; `door`: places, slow clients, sockets by any request, proxies
//! - `chat`, `feed`: what people have beside the game, and whatever anybody may do wrong with it
//! - `mqtt`: what a broker is told and may ask, and what becomes of one that is killed, slow or not one
//! - `probes`: what a player is promised, counted: hits, presses, less traffic
//! - `hockey`: what goes in on the player's screen is a goal, and the puck is where it is seen
//! - `program`: the server's binary: exit codes, drain, TLS
//! - `rest_document`: the REST interface against its own document
//! - `page_size`: what the game's page weighs on the line
//! - `subpath`: the pages under a path of a proxy
//! - `scripts`: that all scripts of the pages can be parsed
//! - `browser`: the pages, in a real browser; `downlink`: what its decoder is timed with
//! - `comeback`: the page after breaks, in duplicated tabs, by links, and in dead ends
//! - `feel`: how the page looks, sounds and is steered; `pages`: a browser for tests
//! - `layout`: what stands where in windows of every size, and what a screen reader finds
//! - `framed`: the page in another site's frame
//! - `surroundings`: other keyboards, pads, displays and tabs
//! - `panels`: chat, market, leaders, scores, lobby and spectating, in a browser

#![allow(clippy::unwrap_used, reason = "all of this is tests: a panic is their way to fail")]

mod architecture;
mod browser;
mod chat;
mod client;
mod clock;
mod comeback;
mod conformance;
mod console;
mod door;
mod downlink;
mod feed;
mod feel;
mod framed;
mod fuzz;
mod games;
mod hockey;
mod hostile;
mod identity;
mod killed;
mod layout;
mod liar;
mod lobby;
mod long_match;
mod metrics;
mod mqtt;
mod one_seat;
mod overload;
mod own_game;
mod page_size;
mod pages;
mod panels;
mod play;
mod probes;
mod program;
mod proxy;
mod raw;
mod replay;
mod rest_document;
mod resume;
mod scripts;
mod simulation;
mod slow;
mod sockets;
mod spectate;
mod storm;
mod subpath;
mod support;
mod surroundings;
mod wire;
