//! What the commands do: they read the rooms' reports and ask rooms, which act in their next tick.

use super::AdminContext;
use super::command::{COMMANDS, Command};
use crate::lobby::Lobby;
use crate::room::{AdminAction, Reply, RoomHandle};
use crate::services::desk::{DeskHandle, Note};
use crate::store::StoreHandle;
use crate::web::VERSION;
use futures_util::future::join_all;
use std::fmt::Write;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Only a server that is going down has no desk.
const DESK_GONE: &str = "the chat does not answer";
/// Players that one answer lists; a terminal shows no more.
const MAX_LISTED_PLAYERS: usize = 200;

/// Does what was asked; the answer is text for the operator.
///
/// # Errors
/// A sentence that says why it was not done.
pub(super) async fn execute(command: Command, context: &AdminContext) -> Reply {
    let lobby = &context.lobby;
    match command {
        Command::Help => Ok(help()),
        Command::Status => Ok(status(context)),
        Command::Rooms => Ok(rooms(lobby)),
        Command::Players(room) => players(lobby, room.as_deref()),
        Command::Kick { name, reason } => kick(lobby, &name, &reason).await,
        Command::Revoke(name) => revoke(&context.store, &name).await,
        Command::Broadcast(text) => broadcast(lobby, &text).await,
        Command::Mute { name, minutes } => mute(&context.desk, name, minutes).await,
        Command::Unmute(name) => unmute(&context.desk, name).await,
        Command::Pause(room) => ask_by_name(lobby, &room, AdminAction::Pause).await,
        Command::Resume(room) => ask_by_name(lobby, &room, AdminAction::Resume).await,
        Command::Step { room, ticks } => ask_by_name(lobby, &room, AdminAction::Step(ticks)).await,
    }
}

async fn mute(desk: &DeskHandle, name: String, minutes: u32) -> Reply {
    let (reply, answer) = oneshot::channel();
    desk.send(Note::Mute(name.clone(), u64::from(minutes) * 60_000, reply)).await;
    let here = answer.await.map_err(|_| DESK_GONE.to_owned())?;
    Ok(format!(
        "{name} cannot chat for {}; {} of that name here",
        count(minutes as usize, "minute"),
        count(here, "player")
    ))
}

async fn unmute(desk: &DeskHandle, name: String) -> Reply {
    let (reply, answer) = oneshot::channel();
    desk.send(Note::Unmute(name.clone(), reply)).await;
    match answer.await.map_err(|_| DESK_GONE.to_owned())? {
        true => Ok(format!("{name} can chat again")),
        false => Err(format!("{name} was not muted")),
    }
}

fn help() -> String {
    let lines = COMMANDS.iter().map(|command| format!("{:<20} {}", command.usage, command.help));
    lines.collect::<Vec<_>>().join("\n")
}

fn status(context: &AdminContext) -> String {
    let rooms = context.lobby.rooms();
    format!(
        "Perigee {VERSION}, up {} s, {}, {}, {}{}\n{}",
        context.uptime().as_secs(),
        count(rooms.len(), "room"),
        count(rooms.iter().map(|room| room.player_count()).sum(), "player"),
        count(usize::try_from(context.metrics.connections.get()).unwrap_or(0), "connection"),
        if *context.draining.borrow() { ", draining" } else { "" },
        context.store.health(),
    )
}

fn rooms(lobby: &Lobby) -> String {
    let line = |room: &Arc<RoomHandle>| {
        let (report, vitals) = (room.report(), room.vitals());
        format!(
            "{}: {} of {}{}{}, tick {}, p99 {:.2} ms, pace {}, age of what players know p99 {:.0} ms{}",
            room.name(),
            count(vitals.people, "player"),
            room.max_players(),
            beside(vitals.bots, "bot"),
            beside(vitals.spectators, "spectator"),
            report.tick,
            report.tick_ms.p99,
            if report.grade.is_empty() { "normal" } else { report.grade },
            report.staleness_p99_ms,
            marks(room, report.paused),
        )
    };
    lobby.rooms().iter().map(line).collect::<Vec<_>>().join("\n")
}

fn beside(n: usize, what: &str) -> String {
    if n == 0 { String::new() } else { format!(", {}", count(n, what)) }
}

fn marks(room: &RoomHandle, paused: bool) -> String {
    let marks = [
        (paused, ", paused"),
        (!room.is_public(), ", private"),
        (!room.is_permanent(), ", made at run time"),
    ];
    marks.into_iter().filter(|(holds, _)| *holds).map(|(_, mark)| mark).collect()
}

fn players(lobby: &Lobby, wish: Option<&str>) -> Reply {
    let chosen: Vec<_> = match wish {
        Some(name) => vec![find(lobby, name)?],
        None => lobby.rooms().to_vec(),
    };
    let mut lines = Vec::new();
    for room in chosen {
        for player in &room.report().players {
            let kind = if player.bot { ", bot" } else { "" };
            lines.push(format!(
                "{:?} in {}: score {}, rtt {:.0} ms{kind}",
                player.name,
                room.name(),
                player.score,
                player.rtt_ms
            ));
        }
    }
    if lines.is_empty() {
        return Ok("nobody is there".to_owned());
    }
    let left_out = lines.len().saturating_sub(MAX_LISTED_PLAYERS);
    lines.truncate(MAX_LISTED_PLAYERS);
    let mut text = lines.join("\n");
    if left_out > 0 {
        let _ = write!(text, "\nand {left_out} more");
    }
    Ok(text)
}

/// Names are unique in a room at best: whoever bears it is sent away from every room.
async fn kick(lobby: &Lobby, name: &str, reason: &str) -> Reply {
    let bears_it = |room: &RoomHandle| room.report().players.iter().any(|player| player.name == name);
    let rooms = lobby.rooms();
    // All of them at once: reports tell neither who looks on nor who came just now.
    let answers = join_all(rooms.iter().map(async |room| {
        let action = AdminAction::Kick { name: name.to_owned(), reason: reason.to_owned() };
        (room, room.ask(action).await)
    }));
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (room, answer) in answers.await {
        match answer {
            Ok(_) => done.push(room.name()),
            // A room that knows nobody of that name has not failed.
            Err(why) if bears_it(room) => failed.push(why),
            Err(_) => {}
        }
    }
    match done.as_slice() {
        [] if !failed.is_empty() => Err(failed.join("; ")),
        [] => Err(format!("there is no player {name:?}")),
        [room] => Ok(format!("kicked {name:?} from {room}")),
        several => Ok(format!("kicked {name:?} from {} rooms: {}", several.len(), several.join(", "))),
    }
}

/// Who plays at the moment goes on: it is the next visit that is a stranger's.
async fn revoke(store: &StoreHandle, name: &str) -> Reply {
    match store.revoke_name(name).await {
        Err(error) => Err(error.to_string()),
        Ok(None) => Err(format!("nobody of the name {name:?} is kept")),
        Ok(Some((name, 0))) => Err(format!("{name:?} has no device any more")),
        Ok(Some((name, devices))) => {
            Ok(format!("{} of {name:?} revoked; kick sends away who is here", count(devices, "device")))
        }
    }
}

async fn broadcast(lobby: &Lobby, text: &str) -> Reply {
    let (mut failed, rooms) = (Vec::new(), lobby.rooms());
    for room in rooms.iter() {
        if let Err(why) = room.ask(AdminAction::Broadcast(text.to_owned())).await {
            failed.push(format!("{}: {why}", room.name()));
        }
    }
    let all = rooms.len();
    match failed.len() {
        0 => Ok(format!("told {}", count(all, "room"))),
        failures => Err(format!("told {} of {}; {}", all - failures, count(all, "room"), failed.join("; "))),
    }
}

async fn ask_by_name(lobby: &Lobby, room: &str, action: AdminAction) -> Reply {
    find(lobby, room)?.ask(action).await
}

fn find(lobby: &Lobby, name: &str) -> Result<Arc<RoomHandle>, String> {
    lobby.room(name).ok_or_else(|| {
        let rooms = lobby.rooms();
        let names: Vec<_> = rooms.iter().map(|room| room.name()).collect();
        format!("there is no room {name:?}; there are: {}", names.join(", "))
    })
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
