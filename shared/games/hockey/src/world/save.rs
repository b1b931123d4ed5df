//! The whole state as bytes, and back: for keyframes. The bytes come from a file, so they are checked, and what follows
//! from something else is not in them: the rink from the scenario, a skater's mallet from its owner.

use super::skaters::Skater;
use super::{CAPACITY, Hockey, Linger, TOUCHES, Touch};
use crate::about::Tally;
use crate::bot::Bot;
use crate::entity::{HockeyEntity, Team};
use crate::scenario::{MAX_PERIODS, Scenario};
use crate::tuning::STUCK_TICKS;
use glam::IVec2;
use perigee_shared::bits::{BitReader, BitWriter};
use perigee_shared::ids::PlayerId;
use perigee_shared::netcode::{EntityTable, LoadError};
use perigee_shared::rng::Rng;
use perigee_shared::tick::Tick;

/// Order of the code of how many skaters there are.
const COUNT_ORDER: u32 = 3;
const TOUCH_BITS: u32 = TOUCHES.ilog2() + 1;
const LINGER_BITS: u32 = STUCK_TICKS.ilog2() + 1;

pub(super) fn save(hockey: &Hockey, out: &mut Vec<u8>) {
    let mut writer = BitWriter::new();
    writer.write_u64(hockey.rng.state());
    hockey.table.save(&mut writer);
    writer.write(hockey.arrivals, 32);
    writer.write_exp_golomb(hockey.skaters.len() as u32, COUNT_ORDER);
    for skater in &hockey.skaters {
        write_skater(skater, &mut writer);
    }
    for (_, bot) in &hockey.bots {
        bot.save(&mut writer);
    }
    writer.write(hockey.touches.len() as u32, TOUCH_BITS);
    for touch in &hockey.touches {
        writer.write(u32::from(touch.player.0), PlayerId::BITS);
        writer.write_bool(touch.team == Team::Ember);
        writer.write(touch.at.0, 32);
    }
    let Linger { around, ticks } = hockey.lingers;
    around.to_array().into_iter().for_each(|at| writer.write(at as u32, 32));
    writer.write(ticks, LINGER_BITS);
    out.extend_from_slice(writer.finish());
}

pub(super) fn load(scenario: &Scenario, bytes: &[u8]) -> Result<Hockey, LoadError> {
    perigee_shared::netcode::Scenario::check(scenario).map_err(LoadError::Scenario)?;
    let mut reader = BitReader::new(bytes);
    let mut hockey = Hockey::empty(scenario, 0);
    hockey.rng = Rng::from_state(reader.read_u64()?);
    hockey.table = EntityTable::load(CAPACITY, &mut reader)?;
    hockey.arrivals = reader.read(32)?;
    for _ in 0..reader.read_exp_golomb(COUNT_ORDER)? {
        let skater = read_skater(&mut reader)?;
        if hockey.skaters.last().is_some_and(|last| last.player >= skater.player) {
            return Err(LoadError::Contradiction("two skaters in one seat"));
        }
        hockey.skaters.push(skater);
    }
    for at in 0..hockey.skaters.len() {
        let Skater { player, driven, .. } = hockey.skaters[at];
        if driven {
            hockey.bots.push((player, Bot::load(&mut reader)?));
        }
    }
    read_touches(&mut hockey, &mut reader)?;
    let around = IVec2::new(reader.read(32)? as i32, reader.read(32)? as i32);
    hockey.lingers = Linger { around, ticks: reader.read(LINGER_BITS)? };
    let size = hockey.rink.middle() * 2;
    if around.min_element() < 0 || (size - around).min_element() < 0 || hockey.lingers.ticks > STUCK_TICKS {
        return Err(LoadError::Contradiction("a puck that lingers outside, or for too long"));
    }
    reader.end()?;
    assign(&mut hockey)?;
    Ok(hockey)
}

fn write_skater(skater: &Skater, writer: &mut BitWriter) {
    writer.write(u32::from(skater.player.0), PlayerId::BITS);
    writer.write(skater.team.map_or(0, Team::number).into(), 2);
    writer.write(skater.party, 32);
    writer.write_bool(skater.driven);
    let Tally { goals, wins, assists, losses } = skater.tally;
    [goals, wins, assists, losses].into_iter().for_each(|count| writer.write(count.into(), 16));
    writer.write(skater.periods.into(), 8);
    writer.write(skater.order, 32);
}

fn read_skater(reader: &mut BitReader<'_>) -> Result<Skater, LoadError> {
    Ok(Skater {
        player: PlayerId(reader.read(PlayerId::BITS)? as u16),
        team: match reader.read(2)? {
            0 => None,
            1 => Some(Team::Frost),
            2 => Some(Team::Ember),
            _ => return Err(LoadError::Contradiction("an unknown team")),
        },
        party: reader.read(32)?,
        driven: reader.read_bool()?,
        tally: {
            let mut count = || reader.read(16).map(|count| count as u16);
            Tally { goals: count()?, wins: count()?, assists: count()?, losses: count()? }
        },
        periods: reader.read(8)? as u8,
        order: reader.read(32)?,
        mallet: None,
    })
}

fn read_touches(hockey: &mut Hockey, reader: &mut BitReader<'_>) -> Result<(), LoadError> {
    for _ in 0..reader.read(TOUCH_BITS)? {
        let player = PlayerId(reader.read(PlayerId::BITS)? as u16);
        let team = Team::ALL[usize::from(reader.read_bool()?)];
        let is_known = hockey.skater(player).is_some_and(|skater| skater.team == Some(team));
        let is_twice = hockey.touches.last().is_some_and(|last| last.player == player);
        if !is_known || is_twice || hockey.touches.len() == TOUCHES {
            return Err(LoadError::Contradiction("a touch of somebody who is not on the ice, or twice"));
        }
        hockey.touches.push(Touch { player, team, at: Tick(reader.read(32)?) });
    }
    Ok(())
}

/// Gives each mallet to its skater, and finds the puck and the match.
fn assign(hockey: &mut Hockey) -> Result<(), LoadError> {
    let (mut pucks, mut contests) = (0, 0);
    for (slot, entity) in hockey.table.iter() {
        match entity {
            HockeyEntity::Puck(_) => (hockey.puck, pucks) = (slot, pucks + 1),
            HockeyEntity::Match(contest) => {
                if u32::from(contest.period) > hockey.scenario.periods.min(MAX_PERIODS) {
                    return Err(LoadError::Contradiction("more periods than the match has"));
                }
                (hockey.contest, contests) = (slot, contests + 1);
            }
            HockeyEntity::Mallet(mallet) => {
                let skater = hockey.skaters.iter_mut().find(|skater| skater.player == mallet.owner);
                let Some(skater) = skater.filter(|skater| skater.team == Some(mallet.team)) else {
                    return Err(LoadError::Contradiction("a mallet without a skater of its team"));
                };
                if skater.mallet.replace(slot).is_some() {
                    return Err(LoadError::Contradiction("a skater with two mallets"));
                }
            }
        }
    }
    let is_crowded = Team::ALL
        .iter()
        .any(|&team| hockey.members().filter(|member| member.team == team).count() > hockey.places());
    if pucks != 1 || contests != 1 || is_crowded {
        return Err(LoadError::Contradiction("not one puck and one match, or a team too large"));
    }
    Ok(())
}
