//! What the bots saw, summed up.

use super::controller::Tally;
use super::meter::Samples;
use super::reconnect::ConnectionHistory;
use perigee_shared::netcode::PeerStats;
use serde::Serialize;
use std::time::Duration;

/// What one bot saw.
#[derive(Clone, Debug, Default)]
pub struct BotReport {
    pub(crate) connections: ConnectionHistory,
    /// Figures are of the measurement, unless marked as over the whole time.
    pub(crate) snapshots: u64,
    pub(crate) bytes: u64,
    pub(crate) bytes_up: u64,
    pub(crate) packets_up: u64,
    pub(crate) mispredictions: u64,
    /// Over the whole time, as the next two.
    pub(crate) decode_errors: u64,
    pub(crate) state_mismatches: u64,
    pub(crate) resumes: u64,
    /// At the end.
    pub(crate) visible: usize,
    pub(crate) samples: Samples,
    /// Over the whole time.
    pub(crate) play: Tally,
}

impl BotReport {
    /// The report of a bot that has ended. `before` are the counters at the beginning of the measurement.
    pub(crate) fn new(
        connections: ConnectionHistory,
        total: &PeerStats,
        before: &PeerStats,
        samples: Samples,
        play: Tally,
    ) -> Self {
        Self {
            connections,
            snapshots: total.snapshots - before.snapshots,
            bytes: total.bytes_in - before.bytes_in,
            bytes_up: total.bytes_out - before.bytes_out,
            packets_up: total.packets_out - before.packets_out,
            mispredictions: total.mispredictions - before.mispredictions,
            decode_errors: total.decode_errors,
            state_mismatches: total.state_mismatches,
            resumes: total.resumes,
            visible: total.visible,
            samples,
            play,
        }
    }

    pub(crate) fn failed(error: String) -> Self {
        let connections = ConnectionHistory { disconnects: 1, first_error: Some(error), was_joined: false };
        Self { connections, ..Self::default() }
    }
}

/// Smallest and mean.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct MinMean {
    /// Smallest.
    pub min: f64,
    /// Mean.
    pub mean: f64,
}

/// Mean and 99th percentile.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct MeanP99 {
    /// Mean.
    pub mean: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Median and 99th percentile.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct P50P99 {
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// What all bots saw, measured from a moment after the last join.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The game that they played; empty if none was started.
    pub game: &'static str,
    /// Bots started.
    pub clients: usize,
    /// Bots that were admitted.
    pub connected: usize,
    /// Length of the measurement, seconds.
    pub measured_seconds: f64,
    /// Over clients.
    pub snapshots_per_second: MinMean,
    /// Message bytes from the server, over clients; without WebSocket framing.
    pub bytes_per_client_per_second: MeanP99,
    /// Over snapshots; includes the checksum of 4 bytes, if requested.
    pub bytes_per_snapshot: MeanP99,
    /// Over snapshots.
    pub snapshot_interval_ms: P50P99,
    /// Over snapshots, the round trip known then.
    pub rtt_ms: P50P99,
    /// From a changed command to the snapshot that shows its tick, over changes.
    pub input_to_effect_ms: P50P99,
    /// Message bytes to the server, mean over clients.
    pub uplink_bytes_per_client_per_second: f64,
    /// Messages to the server, mean over clients.
    pub uplink_messages_per_client_per_second: f64,
    /// Entities in view at the end, mean over clients.
    pub visible: f64,
    /// Messages that could not be decoded.
    pub decode_errors: u64,
    /// Snapshots whose checksum differed from the decoded state.
    pub state_mismatches: u64,
    /// Own states that differed from the prediction.
    pub mispredictions: u64,
    /// Connections that failed or ended early.
    pub disconnects: u64,
    /// Times a bot got its seat back after its connection broke.
    pub resumes: u64,
    /// The sums of what they did in the match, over the whole time, named by their game.
    pub play: Tally,
    /// The first error, as a sentence.
    pub first_error: Option<String>,
}

impl Report {
    /// The report if no bot could be started.
    pub(crate) fn of_nobody(clients: usize, why: Option<String>) -> Self {
        Self { clients, first_error: why, ..Self::default() }
    }

    pub(crate) fn sum(game: &'static str, bots: Vec<BotReport>, measured: Duration) -> Self {
        let seconds = measured.as_secs_f64().max(1e-9);
        let per_second = |count: u64| count as f64 / seconds;
        let joined = || bots.iter().filter(|bot| bot.connections.was_joined);
        let rates: Vec<f64> = joined().map(|bot| per_second(bot.snapshots)).collect();
        let bytes: Vec<f64> = joined().map(|bot| per_second(bot.bytes)).collect();
        let total = |of: fn(&BotReport) -> u64| bots.iter().map(of).sum::<u64>();
        let gather = |of: fn(&BotReport) -> &Vec<u32>| -> Vec<f64> {
            bots.iter().flat_map(|bot| of(bot).iter().map(|&value| f64::from(value))).collect()
        };
        let millis = |of| -> Vec<f64> { gather(of).into_iter().map(|us| us / 1000.0).collect() };
        let mean_of =
            |of: fn(&BotReport) -> u64| mean(&joined().map(|bot| per_second(of(bot))).collect::<Vec<_>>());
        let mut play = Tally::default();
        bots.iter().for_each(|bot| play.add(bot.play.clone()));
        Self {
            game,
            clients: bots.len(),
            connected: joined().count(),
            measured_seconds: round(seconds),
            snapshots_per_second: MinMean {
                min: round(rates.iter().copied().reduce(f64::min).unwrap_or_default()),
                mean: mean(&rates),
            },
            bytes_per_client_per_second: mean_p99(bytes),
            bytes_per_snapshot: mean_p99(gather(|bot| &bot.samples.snapshot_bytes)),
            snapshot_interval_ms: p50_p99(millis(|bot| &bot.samples.intervals_us)),
            rtt_ms: p50_p99(millis(|bot| &bot.samples.rtt_us)),
            input_to_effect_ms: p50_p99(millis(|bot| &bot.samples.input_to_effect_us)),
            uplink_bytes_per_client_per_second: mean_of(|bot| bot.bytes_up),
            uplink_messages_per_client_per_second: mean_of(|bot| bot.packets_up),
            visible: mean(&joined().map(|bot| bot.visible as f64).collect::<Vec<_>>()),
            decode_errors: total(|bot| bot.decode_errors),
            state_mismatches: total(|bot| bot.state_mismatches),
            mispredictions: total(|bot| bot.mispredictions),
            disconnects: total(|bot| bot.connections.disconnects),
            resumes: total(|bot| bot.resumes),
            play,
            first_error: bots.into_iter().find_map(|bot| bot.connections.first_error),
        }
    }

    /// The report as indented JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Whether all bots were admitted, and all snapshots were decoded to exactly the server's state.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.decode_errors == 0 && self.state_mismatches == 0 && self.connected == self.clients
    }
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

fn mean(values: &[f64]) -> f64 {
    round(values.iter().sum::<f64>() / values.len().max(1) as f64)
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    round(sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default())
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn mean_p99(values: Vec<f64>) -> MeanP99 {
    let values = sorted(values);
    MeanP99 { mean: mean(&values), p99: percentile(&values, 0.99) }
}

fn p50_p99(values: Vec<f64>) -> P50P99 {
    let values = sorted(values);
    P50P99 { p50: percentile(&values, 0.5), p99: percentile(&values, 0.99) }
}
