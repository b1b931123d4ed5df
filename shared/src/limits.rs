//! Every bound in one place, and the relations between them.
//!
//! A queue, ring, cache or message without a name in this file is a mistake. Server-side defaults that an operator
//! may change live in the server's config; these here are part of the protocol or of its safety.

/// Players one room can hold.
pub const MAX_PLAYERS: usize = 2048;
/// Entity slots of one room. Wire indices are bounded by it, so the decoder's memory is too.
pub const MAX_ENTITIES: usize = 8192;
/// Slots that short-lived entities must leave free, so that a joining player always gets an entity.
pub const RESERVED_ENTITIES: usize = MAX_PLAYERS;

/// Ticks of replicated state the host keeps: lag compensation looks back this far.
pub const HISTORY_TICKS: usize = 32;
/// How far back a hit is looked for at the most, 600 ms: a round trip of 200 ms, a view that jitter delays, and a
/// trigger whose packet had to be sent twice. A room may allow less.
pub const MAX_REWIND_TICKS: u32 = 18;
/// The longest a client delays its view of the others behind what it has, for jitter.
pub const MAX_VIEW_DELAY_TICKS: u32 = 8;
/// A baseline older than this is not stepped forward any more: the client gets a full snapshot.
pub const MAX_BASELINE_AGE_TICKS: u32 = 64;
/// A client that holds something else than the server gets everything anew at most this often, ticks: 5 s.
pub const RESYNC_TICKS: u32 = 150;
/// An entity that a client was not told about for longer is renewed whole instead of tick by tick.
pub const MAX_LATE_TICKS: u32 = TRACK_STATES as u32 - 1;
/// A freed slot rests this long, so that a slot number means one entity within anybody's baseline.
pub const SLOT_QUARANTINE_TICKS: u32 = 72;

/// Commands one player may have waiting, and the window of ticks they may address, either way from now.
pub const INPUT_BUFFER_TICKS: usize = 64;
/// Commands one input packet may carry.
pub const MAX_COMMANDS_PER_PACKET: usize = 64;
/// A player whose commands stop arriving repeats the last one this long, then goes neutral.
pub const MAX_REPEATED_COMMAND_TICKS: u32 = 15;

/// Integer fields one entity may have on the wire.
pub const MAX_FIELDS: usize = 16;
/// Events one tick may produce; more are dropped and counted.
pub const MAX_EVENTS_PER_TICK: usize = 1024;
/// Events one snapshot may carry; of more, the oldest are dropped and counted.
pub const MAX_EVENTS_PER_SNAPSHOT: usize = 256;
/// Events a client keeps waiting for its view tick; the oldest go first.
pub const MAX_PENDING_EVENTS: usize = 1024;
/// Past states a client keeps of each visible entity, for interpolation.
pub const TRACK_STATES: usize = 16;

/// Largest chunk of a replay file, bytes: a keyframe of a full world is well below it.
pub const MAX_REPLAY_CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a recording that may wait to be taken; a recording that nobody takes ends there.
pub const MAX_UNTAKEN_RECORDING_BYTES: usize = 4 * MAX_REPLAY_CHUNK_BYTES;
/// Ticks that one chunk of a replay file may hold.
pub const MAX_TICKS_PER_CHUNK: u32 = 300;

/// Largest message a client may send, bytes.
pub const MAX_CLIENT_MESSAGE_BYTES: usize = 1024;
/// Largest message the server may send, bytes.
pub const MAX_SERVER_MESSAGE_BYTES: usize = 256 * 1024;
/// Longest player name, in characters, after trimming.
pub const MAX_NAME_CHARS: usize = 20;
/// Longest room name, bytes (ASCII letters, digits, `-`, `_`).
pub const MAX_ROOM_NAME_BYTES: usize = 32;
/// Longest human-readable text in a control message, bytes.
pub const MAX_TEXT_BYTES: usize = 512;
/// Orders of one player that may wait for the server's word.
pub const MAX_UNCONFIRMED_ORDERS: usize = 16;
/// Longest line of chat, in characters, after cleaning.
pub const MAX_CHAT_CHARS: usize = 200;
/// Rows of a leaderboard that a client is told.
pub const MAX_LEADER_ROWS: usize = 20;
/// Statistics that a game counts of its players.
pub const MAX_STATISTICS: usize = 8;
/// Messages of the services that a client keeps until they are taken; the oldest go first.
pub const MAX_SERVICE_MESSAGES: usize = 256;
/// Places that may trade in one match, and goods that they may trade in.
pub const MAX_VENUES: usize = 8;
/// See [`MAX_VENUES`].
pub const MAX_GOODS: usize = 8;
/// What a player owns, as the game writes it, bytes.
pub const MAX_BELONGINGS_BYTES: usize = 64;
/// Departures that wait until whoever keeps records takes them; the oldest go first, and are counted.
pub const MAX_UNTAKEN_DEPARTURES: usize = 2 * MAX_PLAYERS;
/// Players of a room that lie above its seats: pilots that the game itself brings.
pub const MAX_NPCS: usize = 48;

const _: () = assert!(MAX_CHAT_CHARS * 4 + MAX_NAME_CHARS * 4 + 16 < MAX_CLIENT_MESSAGE_BYTES);
const _: () = assert!(MAX_BASELINE_AGE_TICKS < SLOT_QUARANTINE_TICKS);
const _: () = assert!((MAX_LATE_TICKS as usize) < TRACK_STATES && MAX_LATE_TICKS < HISTORY_TICKS as u32);
const _: () = assert!((MAX_REWIND_TICKS as usize) < HISTORY_TICKS);
const _: () = assert!(MAX_REWIND_TICKS < SLOT_QUARANTINE_TICKS);
const _: () = assert!(SLOT_QUARANTINE_TICKS > HISTORY_TICKS as u32);
const _: () = assert!(RESERVED_ENTITIES < MAX_ENTITIES);
const _: () = assert!(MAX_ENTITIES <= u16::MAX as usize);
const _: () = assert!(MAX_COMMANDS_PER_PACKET <= INPUT_BUFFER_TICKS);
const _: () = assert!((MAX_REPEATED_COMMAND_TICKS as usize) < INPUT_BUFFER_TICKS);
const _: () = assert!(MAX_PLAYERS * (MAX_NAME_CHARS * 4 + 32) < MAX_SERVER_MESSAGE_BYTES);
