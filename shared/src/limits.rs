//! Every bound in one place, and the relations between them.
//!
//! A queue, ring, cache or message without a bound in this file is a mistake. Server-side defaults that an operator may
//! change are in the server's config; the bounds here are part of the protocol or of its safety.

/// Players one room can hold.
pub const MAX_PLAYERS: usize = 2048;
/// Entity slots of one room. They bound the indices on the wire, and so the decoder's memory.
pub const MAX_ENTITIES: usize = 8192;
/// Slots that short-lived entities must leave free, so that a joining player always gets an entity.
pub const RESERVED_ENTITIES: usize = MAX_PLAYERS;

/// Ticks of replicated state the host keeps: lag compensation looks back this far.
pub const HISTORY_TICKS: usize = 32;
/// The longest rewind for a hit, 600 ms: a round trip of 200 ms, a view delayed by jitter, and a press whose packet was
/// retransmitted. A room may allow less.
pub const MAX_REWIND_TICKS: u32 = 18;
/// The longest that a client delays its view of other entities behind its newest state, because of jitter.
pub const MAX_VIEW_DELAY_TICKS: u32 = 8;
/// An older baseline is not stepped forward: the client gets a full snapshot.
pub const MAX_BASELINE_AGE_TICKS: u32 = 64;
/// A client whose state differs from the server's gets a full snapshot at most this often, ticks: 5 s.
pub const RESYNC_TICKS: u32 = 150;
/// An entity that a client got no update of for longer is sent whole instead of tick by tick.
pub const MAX_LATE_TICKS: u32 = TRACK_STATES as u32 - 1;
/// A freed slot rests this long, so that a slot means one entity within the range of any client's baseline.
pub const SLOT_QUARANTINE_TICKS: u32 = 72;

/// Commands of one player that may wait, and the window of ticks that they may be for, in both directions from now.
pub const INPUT_BUFFER_TICKS: usize = 64;
/// Commands one input packet may carry.
pub const MAX_COMMANDS_PER_PACKET: usize = 64;
/// If a player's commands stop arriving, the last one is repeated for this long; then the neutral command is used.
pub const MAX_REPEATED_COMMAND_TICKS: u32 = 15;

/// Integer fields one entity may have on the wire.
pub const MAX_FIELDS: usize = 16;
/// Events one tick may produce; further ones are dropped and counted.
pub const MAX_EVENTS_PER_TICK: usize = 1024;
/// Events one snapshot may carry; if there are more, the oldest are dropped and counted.
pub const MAX_EVENTS_PER_SNAPSHOT: usize = 256;
/// Events a client keeps until its view reaches their tick; the oldest are dropped first.
pub const MAX_PENDING_EVENTS: usize = 1024;
/// Past states a client keeps of each visible entity, for interpolation.
pub const TRACK_STATES: usize = 16;

/// Largest chunk of a replay file, bytes: a keyframe of a full world is well below it.
pub const MAX_REPLAY_CHUNK_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a recording that may wait to be taken; beyond that the recording ends.
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
/// Orders of one player that the server may not have confirmed yet.
pub const MAX_UNCONFIRMED_ORDERS: usize = 16;
/// Longest line of chat, in characters, after cleaning.
pub const MAX_CHAT_CHARS: usize = 200;
/// Rows of a leaderboard that a client is sent.
pub const MAX_LEADER_ROWS: usize = 20;
/// Statistics that a game counts of its players.
pub const MAX_STATISTICS: usize = 8;
/// Messages of the services that a client keeps until they are taken; the oldest are dropped first.
pub const MAX_SERVICE_MESSAGES: usize = 256;
/// Venues of one match, and goods that are traded there.
pub const MAX_VENUES: usize = 8;
/// See [`MAX_VENUES`].
pub const MAX_GOODS: usize = 8;
/// A player's belongings, as the game writes them, bytes.
pub const MAX_BELONGINGS_BYTES: usize = 64;
/// Departures that wait until the owner of the host takes them; the oldest are dropped first, and counted.
pub const MAX_UNTAKEN_DEPARTURES: usize = 2 * MAX_PLAYERS;
/// Players numbered above a room's seats: pilots that the game itself brings.
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
