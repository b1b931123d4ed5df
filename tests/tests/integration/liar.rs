//! A modified client with a beam, over a real socket: with the trigger it says that it knows nothing newer than what is 30
//! ticks old, and aims at where a server that believes it would put its target. And an honest one, which hits.

use crate::client::{Client, Ending, Forger, peer};
use crate::support::TestServer;
use glam::Vec2;
use perigee_arena::Arena;
use perigee_arena::bot::{Behaviour, Bot};
use perigee_arena::movement::{heading, heading_turns, turn_quanta_per_step};
use perigee_arena::{ArenaCommand, ArenaEntity, ArenaMap, ArenaOrder, Ship, ShipClass};
use perigee_shared::netcode::Peer;
use perigee_shared::netcode::codec::packet::InputPacket;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpStream;

/// How much older the word of a liar is than what it has, ticks. A server that believed it would take the target from its
/// state of some 31 ticks ago, and on from there by as many ticks as a client guesses, 8: to where it was 23 ticks ago.
const LIE_TICKS: u16 = 29;
const GHOST_TICKS: u32 = 23;
/// On a line without delay nobody is granted more: the longest view, and two ticks on the way.
const GRANTED_TICKS: u32 = 12;
const SHOTS: u32 = 20;
const HIT_UNITS: f32 = 15.0;
const RANGE_UNITS: f32 = 470.0;

fn lie(packet: &mut InputPacket<ArenaCommand>) {
    packet.view_lag = 1023;
    if packet.commands.last().is_some_and(|command| command.fire) {
        packet.ack = packet.ack.wrapping_sub(LIE_TICKS);
    }
}

/// What the gunner saw, tick by tick, and what came of the shots.
#[derive(Default)]
struct Range {
    lies: bool,
    film: BTreeMap<u32, (Ship, Option<Ship>)>,
    shots: u32,
    hits: u32,
}

fn ships(peer: &Peer<Arena>) -> (Option<Ship>, Option<Ship>) {
    let me = peer.player();
    let ships = || {
        peer.confirmed().filter_map(|(_, entity)| match entity {
            ArenaEntity::Ship(ship) => Some(*ship),
            _ => None,
        })
    };
    (ships().find(|ship| Some(ship.owner) == me), ships().find(|ship| Some(ship.owner) != me))
}

/// What is left to shoot at, tenths of a point.
fn health(ship: &Ship) -> u32 {
    u32::from(ship.hull) * 10 + u32::from(ship.shield)
}

impl Range {
    /// Where the target was.
    fn ghost(&self, tick: u32, ticks_ago: u32) -> Option<Vec2> {
        self.film.get(&tick.checked_sub(ticks_ago)?)?.1.map(|ship| ship.position.units())
    }

    /// Takes in a snapshot; whether enough was seen.
    fn look(&mut self, peer: &Peer<Arena>) -> bool {
        let (Some(own), target) = ships(peer) else { return false };
        let tick = peer.newest_snapshot().unwrap().0;
        self.film.insert(tick, (own, target));
        if own.class == ShipClass::Dart && own.has_just_fired() {
            self.judge(tick, &own, target);
        }
        self.shots >= SHOTS
    }

    /// Counts a shot that tells something: a liar's at where the target was and had not been for long.
    fn judge(&mut self, tick: u32, own: &Ship, target: Option<Ship>) {
        let Some((_, Some(before))) = self.film.get(&(tick - 1)) else { return };
        let along = heading(own.angle);
        let off = |at: Vec2| {
            let to = at - own.position.units();
            if (0.0..RANGE_UNITS).contains(&to.dot(along)) { to.perp_dot(along).abs() } else { f32::MAX }
        };
        let near = |ages: std::ops::RangeInclusive<u32>| {
            let places = ages.filter_map(|age| self.ghost(tick, age));
            places.map(off).fold(f32::MAX, f32::min)
        };
        let tells = if self.lies {
            near(GHOST_TICKS - 4..=GHOST_TICKS + 4) < HIT_UNITS && near(0..=GRANTED_TICKS) > 2.0 * HIT_UNITS
        } else {
            near(0..=GRANTED_TICKS) < HIT_UNITS
        };
        if tells && before.protection == 0 {
            self.shots += 1;
            self.hits += u32::from(target.is_none_or(|target| health(&target) < health(before)));
        }
    }

    fn decide(&self, peer: &mut Peer<Arena>) -> ArenaCommand {
        let still = ArenaCommand { brake: true, ..ArenaCommand::default() };
        let (Some(own), _) = ships(peer) else { return still };
        let commanded = peer.newest_command().map(|tick| tick.0 + 1);
        let Some(scene) = peer.scene() else { return still };
        let Some(ArenaEntity::Ship(shown)) = scene.own.map(|own| own.entity) else { return still };
        if own.class != ShipClass::Dart {
            let (command, order) = change_ships(&shown, scene.map);
            // A ship is changed when its rack is ready; an order a second is enough.
            let is_due = own.rack == 0 && commanded.is_some_and(|tick| tick.is_multiple_of(30));
            if let Some(order) = order.filter(|_| is_due) {
                peer.order(order);
            }
            return command;
        }
        let aim = if self.lies {
            commanded.and_then(|tick| self.ghost(tick, GHOST_TICKS))
        } else {
            let ships = scene.others.iter().filter(|seen| matches!(seen.entity, ArenaEntity::Ship(_)));
            ships.map(|seen| seen.pose.position).next()
        };
        let Some(to) = aim.map(|aim| aim - shown.position.units()) else { return still };
        let (turn, off) = turn_to(&shown, to);
        let is_ready = shown.cooldown <= 1 && shown.energy >= 100;
        let fire = is_ready && to.length() < RANGE_UNITS - 20.0 && to.length() * off.sin().abs() < 6.0;
        ArenaCommand { turn, fire, ..still }
    }
}

/// How to turn towards something, and how far off it the ship then looks, radians.
fn turn_to(ship: &Ship, to: Vec2) -> (i8, f32) {
    let step = turn_quanta_per_step(ship.class) as f32 / 65536.0;
    let ahead = heading_turns(to) - f32::from(ship.angle) / 65536.0;
    let wanted = ahead - (ahead + 0.5).floor();
    let turn = (wanted / step).round().clamp(-7.0, 7.0);
    (turn as i8, (wanted - turn * step) * std::f32::consts::TAU)
}

/// To the station, and there into a Dart.
fn change_ships(ship: &Ship, map: &ArenaMap) -> (ArenaCommand, Option<ArenaOrder>) {
    let to = map.stations[0].centre - ship.position.units();
    let (turn, off) = turn_to(ship, to);
    let is_there = to.length() < 100.0;
    let thrust = !is_there && off.abs() < 0.3 && ship.velocity.units().length() < 160.0;
    let order = is_there.then_some(ArenaOrder::Refit { class: ShipClass::Dart });
    (ArenaCommand { turn, thrust, brake: !thrust, ..ArenaCommand::default() }, order)
}

/// Twenty shots of a gunner at somebody who flies to and fro; how many hit.
async fn shoot(settings: &str, forger: Option<Forger>) -> u32 {
    let server = TestServer::start(&format!(
        "[[rooms]]\nname = \"range\"\nmax_players = 4\ninterest_radius_units = 2000\n{settings}\
         [rooms.scenario]\nwidth_units = 800\nheight_units = 700\nasteroids = 0\npirates = 0\nstations = 1\n"
    ))
    .await;
    let over = Arc::<AtomicBool>::default();
    let mut target = Client::open(TcpStream::connect(server.address).await.unwrap(), peer("Target")).await;
    target.mind = Some(Bot::new(Behaviour::Cruise, 5));
    let seen = Arc::clone(&over);
    let target = tokio::spawn(async move { target.play(|_, _| seen.load(Ordering::Relaxed)).await });
    let mut gunner = Client::open(TcpStream::connect(server.address).await.unwrap(), peer("Eve")).await;
    let range = Arc::new(Mutex::new(Range { lies: forger.is_some(), ..Range::default() }));
    let hands = Arc::clone(&range);
    gunner.hands = Some(Box::new(move |peer| hands.lock().unwrap().decide(peer)));
    gunner.forger = forger;
    let ending = gunner.play(|peer, _| range.lock().unwrap().look(peer)).await;
    assert_eq!(ending, Ending::Enough);
    over.store(true, Ordering::Relaxed);
    assert_eq!(target.await.unwrap(), Ending::Enough);
    server.stop().await;
    range.lock().unwrap().hits
}

#[tokio::test(flavor = "multi_thread")]
async fn a_beam_with_an_old_acknowledgement_hits_nobody_where_they_were() {
    let brief = "max_rewind_ms = 100\n";
    let (far, near, honest) = tokio::join!(shoot("", Some(lie)), shoot(brief, Some(lie)), shoot("", None));
    println!("of {SHOTS} shots hit: {far} and {near} lies, {honest} honest ones");
    assert_eq!((far, near), (0, 0), "hits of {SHOTS} lies each");
    assert!(honest >= SHOTS * 3 / 4, "{honest} honest shots hit");
}
