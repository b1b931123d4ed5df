//! Executes commands: they read the rooms' reports, and send requests to rooms, which act in their next tick.

use super::AdminContext;
use super::command::{COMMANDS, Command, Readings, Terms, parse};
use super::error::{AdminError, Answer};
use crate::lobby::Lobby;
use crate::logging::AUDIT;
use crate::person::PersonId;
use crate::room::{AdminAction, Reply, RoomHandle};
use crate::services::hub::{HubHandle, Note};
use crate::store::{Banned, StoreHandle};
use crate::text::{clean_name, quote};
use crate::version::VERSION;
use futures_util::future::join_all;
use perigee_shared::protocol::Refusal;
use std::fmt::{Display, Write};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Most players that one answer lists; a terminal shows no more.
const MAX_LISTED_PLAYERS: usize = 200;

/// Executes a line of the command language and logs it for the audit, with who sent it. The answer is text for the
/// operator.
///
/// # Errors
/// [`AdminError`], if it failed.
pub(crate) async fn execute_line(line: &str, peer: &impl Display, context: &AdminContext) -> Answer {
    let command = parse(line)?;
    tracing::info!(target: AUDIT, %peer, line, "console command");
    execute(command, context).await
}

/// Executes a command.
///
/// # Errors
/// [`AdminError`], if it failed.
async fn execute(command: Command, context: &AdminContext) -> Answer {
    let lobby = &context.lobby;
    match command {
        Command::Help => Ok(help()),
        Command::Status => Ok(status(context)),
        Command::Rooms => Ok(rooms(lobby)),
        Command::Players(room) => players(lobby, room.as_deref()),
        Command::Kick(readings) => kick(context, readings).await,
        Command::Ban(readings) => ban(context, readings).await,
        Command::Unban(name) => unban(context, &name).await,
        Command::Bans => Ok(bans(context)),
        Command::Revoke(name) => revoke(&context.store, &name).await,
        Command::Broadcast(text) => broadcast(lobby, &text).await,
        Command::Mute(readings) => mute(context, readings).await,
        Command::Unmute(name) => unmute(&context.hub, as_shown(&name)).await,
        Command::Pause(room) => ask_by_name(lobby, &room, AdminAction::Pause).await,
        Command::Resume(room) => ask_by_name(lobby, &room, AdminAction::Resume).await,
        Command::Step { room, ticks } => ask_by_name(lobby, &room, AdminAction::Step(ticks)).await,
    }
}

/// A name as players can have it: cleaned as names are.
fn as_shown(name: &str) -> String {
    clean_name(name).unwrap_or_else(|| name.to_owned())
}

/// The players that a name is searched among.
#[derive(Clone, Copy)]
enum Whose {
    /// Connected players and spectators.
    Here,
    /// People who can chat, or whom the store knows.
    Speaking,
    /// People whom the store knows, or who are connected.
    Kept,
}

/// The reading whose name is a player's.
///
/// # Errors
/// No player has such a name, or several may be meant.
async fn choose<T>(
    context: &AdminContext,
    readings: Readings<T>,
    whose: Whose,
) -> Result<(String, T), AdminError> {
    let all: Vec<String> = readings.iter().map(|(name, _)| name.clone()).collect();
    let mut meant = Vec::new();
    for (name, said) in readings {
        let shown = as_shown(&name);
        // A name may have been cut to put a number behind it, and cleaning would change it: so the exact name comes
        // first.
        if is_somebodys(context, &name, whose).await {
            meant.push((name, said));
        } else if shown != name && is_somebodys(context, &shown, whose).await {
            meant.push((shown, said));
        }
    }
    match meant.len() {
        0 => Err(AdminError::NoPlayer(all)),
        1 => {
            let (name, said) = meant.remove(0);
            Ok((name, said?))
        }
        _ => Err(AdminError::Ambiguous(meant.into_iter().map(|(name, _)| name).collect())),
    }
}

async fn is_somebodys(context: &AdminContext, name: &str, whose: Whose) -> bool {
    match whose {
        Whose::Here => is_here(&context.lobby, name).await,
        Whose::Speaking => named_here(&context.hub, name).await > 0 || is_kept(&context.store, name).await,
        Whose::Kept => is_kept(&context.store, name).await || is_here(&context.lobby, name).await,
    }
}

/// A room that does not answer may have them too, according to its last report.
async fn is_here(lobby: &Lobby, name: &str) -> bool {
    let found = ask_all(lobby, &AdminAction::Find(name.to_owned())).await;
    found.iter().any(|(_, answer)| answer.is_ok()) || is_reported(lobby, name)
}

/// If the store does not answer, the name counts as unknown.
async fn is_kept(store: &StoreHandle, name: &str) -> bool {
    matches!(store.profile(name).await, Ok(Some(_)))
}

async fn named_here(hub: &HubHandle, name: &str) -> usize {
    let (reply, answer) = oneshot::channel();
    hub.send(Note::Named(name.to_owned(), reply)).await;
    answer.await.unwrap_or(0)
}

async fn mute(context: &AdminContext, readings: Readings<u32>) -> Answer {
    let hub = &context.hub;
    let (name, minutes) = choose(context, readings, Whose::Speaking).await?;
    let (reply, answer) = oneshot::channel();
    hub.send(Note::Mute(name.clone(), u64::from(minutes) * 60_000, reply)).await;
    let here = answer.await.map_err(|_| AdminError::HubGone)?;
    Ok(format!(
        "{} cannot chat for {}; {} of that name here",
        quote(&name),
        count(minutes as usize, "minute"),
        count(here, "player")
    ))
}

async fn unmute(hub: &HubHandle, name: String) -> Answer {
    let (reply, answer) = oneshot::channel();
    hub.send(Note::Unmute(name.clone(), reply)).await;
    match answer.await.map_err(|_| AdminError::HubGone)? {
        true => Ok(format!("{} can chat again", quote(&name))),
        false => Err(AdminError::NotMuted(name)),
    }
}

fn help() -> String {
    let lines = COMMANDS.iter().map(|command| format!("{:<20} {}", command.usage, command.help));
    lines.collect::<Vec<_>>().join("\n")
}

fn status(context: &AdminContext) -> String {
    let rooms = context.lobby.rooms();
    format!(
        "Perigee {VERSION}, up {} s, {}, {}, {}{}\n{}{}",
        context.uptime().as_secs(),
        count(rooms.len(), "room"),
        count(rooms.iter().map(|room| room.player_count()).sum(), "player"),
        count(usize::try_from(context.metrics.connections.get()).unwrap_or(0), "connection"),
        if *context.draining.borrow() { ", draining" } else { "" },
        context.store.health(),
        match context.metrics.mqtt.is_connected() {
            Some(true) => "\nthe MQTT broker is connected",
            Some(false) => "\nthe MQTT broker is not connected",
            None => "",
        },
    )
}

fn rooms(lobby: &Lobby) -> String {
    let line = |room: &Arc<RoomHandle>| {
        let (report, status) = (room.report(), room.status());
        format!(
            "{}: {}, {} of {}{}{}, tick {}, p99 {:.2} ms, pace {}, age of what players know p99 {:.0} ms{}",
            room.name(),
            room.game().name,
            count(status.people, "player"),
            room.max_players(),
            beside(status.bots, "bot"),
            beside(status.spectators, "spectator"),
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

fn players(lobby: &Lobby, wanted: Option<&str>) -> Answer {
    let chosen: Vec<_> = match wanted {
        Some(name) => vec![find(lobby, name)?],
        None => lobby.rooms().to_vec(),
    };
    let mut lines = Vec::new();
    for room in chosen {
        for player in &room.report().players {
            let kind = if player.bot { ", bot" } else { "" };
            lines.push(format!(
                "{} in {}: score {}, rtt {:.0} ms{kind}",
                quote(&player.name),
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

/// Asks all rooms at once: reports contain neither spectators nor players who joined just now.
async fn ask_all(lobby: &Lobby, action: &AdminAction) -> Vec<(String, Reply)> {
    let rooms = lobby.rooms();
    let asked = rooms.iter().map(|room| {
        let (room, action) = (Arc::clone(room), action.clone());
        async move { (room.name().to_owned(), room.ask(action).await) }
    });
    join_all(asked.collect::<Vec<_>>()).await
}

/// Names are unique only within a room: all who have the name are kicked, from every room.
async fn kick(context: &AdminContext, readings: Readings<String>) -> Answer {
    let (name, reason) = choose(context, readings, Whose::Here).await?;
    let answers = ask_all(&context.lobby, &AdminAction::Kick { name: name.clone(), reason }).await;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for (room, answer) in answers {
        match answer {
            Ok(_) => done.push(room),
            Err(why) => failed.push(why),
        }
    }
    let name = quote(&name);
    match done.as_slice() {
        [] => Err(AdminError::NotKicked(failed)),
        [room] => Ok(format!("kicked {name} from {room}")),
        several => Ok(format!("kicked {name} from {} rooms: {}", several.len(), several.join(", "))),
    }
}

fn is_reported(lobby: &Lobby, name: &str) -> bool {
    lobby.rooms().iter().any(|room| room.report().players.iter().any(|player| player.name == name))
}

/// The ban applies to the person, with all their devices.
async fn ban(context: &AdminContext, readings: Readings<Terms>) -> Answer {
    let (lobby, store) = (&context.lobby, &context.store);
    let (name, terms) = choose(context, readings, Whose::Kept).await?;
    let profile = store.profile(&name).await?.ok_or_else(|| AdminError::NoDeviceToBan(name.clone()))?;
    let now_s = store.now_s();
    let until_s = terms.minutes.map(|minutes| now_s + 60 * u64::from(minutes));
    let (player_id, name, reason) = (profile.player_id, profile.name, terms.reason);
    let ban = Banned { player_id, name: name.clone(), reason: reason.clone(), since_s: now_s, until_s };
    if !context.bans.add(ban, store) {
        return Err(AdminError::BansFull);
    }
    let why = Refusal::Banned { reason, until_s };
    let person = PersonId::from(player_id);
    let sent = ask_all(lobby, &AdminAction::Ban { person, why: why.clone() }).await;
    let rooms: Vec<&str> =
        sent.iter().filter(|(_, answer)| answer.is_ok()).map(|(room, _)| room.as_str()).collect();
    let here = if rooms.is_empty() {
        "not here now".to_owned()
    } else {
        format!("sent away from {}", rooms.join(", "))
    };
    Ok(format!(
        "{} is {why}; {here}. It holds for their devices: who comes without one is somebody new",
        quote(&name)
    ))
}

async fn unban(context: &AdminContext, name: &str) -> Answer {
    let (store, now_s) = (&context.store, context.store.now_s());
    let shown = as_shown(name);
    // The name at the time of the ban, or the current one: a banned player keeps their name.
    let listed = context.bans.list(now_s).into_iter().find(|ban| ban.name == name || ban.name == shown);
    let player = match listed {
        Some(ban) => Some(ban.player_id),
        None => store.profile(&shown).await?.map(|profile| profile.player_id),
    };
    match player.is_some_and(|player| context.bans.lift(player, store)) {
        true => Ok(format!("{} may come in again", quote(&shown))),
        false => Err(AdminError::NotBanned(shown)),
    }
}

fn bans(context: &AdminContext) -> String {
    let list = context.bans.list(context.store.now_s());
    if list.is_empty() {
        return "nobody is banned".to_owned();
    }
    let left_out = list.len().saturating_sub(MAX_LISTED_PLAYERS);
    let line = |ban: Banned| {
        let why = Refusal::Banned { reason: ban.reason, until_s: ban.until_s };
        format!("{} {why}", quote(&ban.name))
    };
    let mut text = list.into_iter().take(MAX_LISTED_PLAYERS).map(line).collect::<Vec<_>>().join("\n");
    if left_out > 0 {
        let _ = write!(text, "\nand {left_out} more");
    }
    text
}

/// The player who is connected now stays; on the next visit the device counts as new.
async fn revoke(store: &StoreHandle, name: &str) -> Answer {
    let name = as_shown(name);
    match store.revoke_name(&name).await? {
        None => Err(AdminError::NotKept(name)),
        Some((name, 0)) => Err(AdminError::NoDevice(name)),
        Some((name, devices)) => Ok(format!(
            "{} of {} revoked; kick sends away who is here",
            count(devices, "device"),
            quote(&name)
        )),
    }
}

async fn broadcast(lobby: &Lobby, text: &str) -> Answer {
    let (mut failed, rooms) = (Vec::new(), lobby.rooms());
    for room in rooms.iter() {
        if let Err(why) = room.ask(AdminAction::Broadcast(text.to_owned())).await {
            failed.push((room.name().to_owned(), why));
        }
    }
    let all = count(rooms.len(), "room");
    match failed.len() {
        0 => Ok(format!("told {all}")),
        failures => Err(AdminError::NotTold { told: rooms.len() - failures, rooms: all, failed }),
    }
}

async fn ask_by_name(lobby: &Lobby, room: &str, action: AdminAction) -> Answer {
    Ok(find(lobby, room)?.ask(action).await?)
}

fn find(lobby: &Lobby, name: &str) -> Result<Arc<RoomHandle>, AdminError> {
    lobby.room(name).ok_or_else(|| {
        let rooms = lobby.rooms().iter().map(|room| room.name().to_owned()).collect();
        AdminError::NoRoom { name: name.to_owned(), rooms }
    })
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
