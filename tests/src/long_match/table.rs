//! A long match's statistics as text, and what of them is out of range.

use super::{Account, GoodAccount};
use perigee_arena::Good;
use std::fmt::Write;

impl Account {
    /// The statistics as a small table.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_table(&mut text);
        text
    }

    fn write_table(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "{} s, seed {}", self.seconds, self.seed)?;
        writeln!(text)?;
        writeln!(text, "good     base   min median   max   bought  sold pieces   turnover   mined")?;
        for (good, account) in Good::ALL.into_iter().zip(&self.goods) {
            let [least, median, most] = account.price_range();
            writeln!(
                text,
                "{:8} {:4} {least:5} {median:6} {most:5} {:8} {:5} {:6} {:10} {:7}",
                good.name(),
                good.base_price(),
                account.deals[0],
                account.deals[1],
                account.pieces[0] + account.pieces[1],
                account.credits[0] + account.credits[1],
                account.mined,
            )?;
        }
        writeln!(text)?;
        writeln!(text, "           pilots  deals  kills deaths  wealth each")?;
        for (name, trade) in &self.trades {
            let each = trade.wealth / i64::from(trade.pilots.max(1));
            let [kills, deaths] = trade.fights;
            writeln!(text, "{name:10} {:6} {:6} {kills:6} {deaths:6} {each:12}", trade.pilots, trade.deals)?;
        }
        self.write_sums(text)
    }

    fn write_sums(&self, text: &mut String) -> std::fmt::Result {
        let [beam, gun, missile] = self.kills;
        let [refits, repairs] = self.refits_and_repairs;
        writeln!(text)?;
        writeln!(text, "kills      {} by beam, {} by gun, {} by missile", beam, gun, missile)?;
        writeln!(text, "pirates    {} destroyed, destroyed {}", self.pirates_killed, self.killed_by_pirates)?;
        writeln!(text, "rounds     {}, {} captures, {} respawns", self.rounds, self.captures, self.respawns)?;
        writeln!(text, "stations   {} deals, {repairs} repairs, {refits} other ships", self.deals())?;
        for (why, count) in &self.refusals {
            writeln!(text, "  refused  {count}: {why}")?;
        }
        writeln!(text, "stuck      {} ships", self.stuck.len())?;
        writeln!(text, "books      {}", if self.unbalanced == 0 { "balance" } else { "DO NOT BALANCE" })?;
        let [mean, p99] = self.tick_ms();
        let each = self.snapshots / self.tick_us.len().max(1) as u64;
        writeln!(text, "tick       mean {mean:.2} ms, p99 {p99:.2} ms, with {each} snapshots")?;
        match &self.replay {
            Some(Ok(keyframes)) => {
                let bytes = self.replay_bytes;
                writeln!(
                    text,
                    "replay     the same, at all {keyframes} keyframes and at the end; {bytes} bytes"
                )
            }
            Some(Err(error)) => writeln!(text, "replay     {error}"),
            None => Ok(()),
        }
    }

    /// What is out of range, in sentences; the limits are scaled to `bots` bots.
    #[must_use]
    pub fn complaints(&self, bots: u32) -> Vec<String> {
        let mut complaints = Vec::new();
        // Lower bounds, for one minute of a hundred bots.
        let mut expect = |what: &str, count: u64, at_least_per_minute: f32| {
            let least = at_least_per_minute * self.seconds as f32 / 60.0 * bots as f32 / 100.0;
            if (count as f32) < least {
                complaints.push(format!("{what}: {count}, expected {least:.0} or more"));
            }
        };
        let mined: u64 = self.goods.iter().map(|good| good.mined).sum();
        let kills = self.kills.iter().sum::<u32>();
        expect("deals", self.deals().into(), 20.0);
        expect("ore mined", mined, 60.0);
        expect("kills", kills.into(), 6.0);
        expect("respawns", self.respawns.into(), 5.0);
        expect("repairs", self.refits_and_repairs[1].into(), 1.0);
        expect("pirates destroyed", self.pirates_killed.into(), 0.5);
        // There is one zone, however many bots there are.
        if self.captures < self.seconds.div_ceil(300) {
            complaints.push(format!("{} captures", self.captures));
        }
        for (good, account) in Good::ALL.into_iter().zip(&self.goods) {
            let [least, median, most] = account.price_range();
            let base = good.base_price();
            if !(base * 2 / 3..=base * 3 / 2).contains(&median) || least * 5 < base || most > base * 5 {
                complaints.push(format!("{}: {least} to {most}, median {median}", good.name()));
            }
        }
        let refused: u32 = self.refusals.values().sum();
        if refused * 3 > self.deals() {
            complaints.push(format!("{refused} orders refused, {} deals", self.deals()));
        }
        complaints.extend(self.stuck.iter().map(|who| format!("stuck: {who}")));
        if self.unbalanced > 0 {
            complaints.push(format!("the books did not balance in {} seconds", self.unbalanced));
        }
        complaints.extend(self.replay.iter().filter_map(|replay| replay.as_ref().err().cloned()));
        complaints
    }

    /// Deals that were carried out.
    #[must_use]
    pub fn deals(&self) -> u32 {
        self.goods.iter().flat_map(|good| good.deals).sum()
    }

    /// Mean and 99th percentile of a tick, milliseconds.
    #[must_use]
    pub fn tick_ms(&self) -> [f32; 2] {
        let mut sorted = self.tick_us.clone();
        sorted.sort_unstable();
        let sum: u64 = sorted.iter().map(|&us| u64::from(us)).sum();
        let p99 = sorted.get(sorted.len() * 99 / 100).copied().unwrap_or_default();
        [sum as f32 / sorted.len().max(1) as f32 / 1000.0, p99 as f32 / 1000.0]
    }
}

impl GoodAccount {
    /// Smallest, median and largest price over time and stations, credits.
    #[must_use]
    pub fn price_range(&self) -> [u32; 3] {
        let mut sorted = self.prices.clone();
        sorted.sort_unstable();
        let at = |index: usize| sorted.get(index).copied().unwrap_or_default();
        [at(0), at(sorted.len() / 2), at(sorted.len().saturating_sub(1))]
    }
}
