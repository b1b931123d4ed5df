// The last two minutes of numbers, for every room, so that a room which is watched
// later already has its past.

export const WINDOW_S = 120;
/** Twice a second for the window, and some to spare if the server hurries. */
const SAMPLES_MAX = 600;
const GAP_S = 3;

export class History {
  #samples = [];

  push(at_s, stats) {
    const last = this.#samples.at(-1);
    // A break in the connection is a break in the line, not a slope.
    if (last && at_s - last.at_s > GAP_S) this.#samples.push({ at_s: last.at_s + 0.5, rooms: new Map() });
    this.#samples.push(sampleOf(at_s, stats));
    const kept = this.#samples.findIndex((sample) => sample.at_s >= at_s - WINDOW_S - 1);
    this.#samples.splice(0, Math.max(kept, this.#samples.length - SAMPLES_MAX));
  }

  clear() {
    this.#samples = [];
  }

  /** Seconds before the newest sample (0 is now), oldest first. */
  ages() {
    const now_s = this.#samples.at(-1)?.at_s ?? 0;
    return this.#samples.map((sample) => sample.at_s - now_s);
  }

  /** One number per sample: of the whole server, or of one room. */
  server(field) {
    return this.#samples.map((sample) => sample[field] ?? null);
  }

  room(name, field) {
    return this.#samples.map((sample) => sample.rooms.get(name)?.[field] ?? null);
  }
}

function sampleOf(at_s, stats) {
  const trips = new Map();
  for (const { room, rtt_ms } of stats.players) {
    if (!Number.isFinite(rtt_ms)) continue;
    if (!trips.has(room)) trips.set(room, []);
    trips.get(room).push(rtt_ms);
  }
  const rooms = new Map();
  let bytes = 0;
  for (const room of stats.rooms) {
    bytes += room.bytes_per_second;
    const sorted = (trips.get(room.name) ?? []).sort((a, b) => a - b);
    rooms.set(room.name, {
      p50: room.tick_ms?.p50,
      p99: room.tick_ms?.p99,
      max: room.tick_ms?.max,
      clients: room.players,
      bytes: room.bytes_per_second,
      rtt50: quantile(sorted, 0.5),
      rtt95: quantile(sorted, 0.95),
    });
  }
  return { at_s, rooms, bytes, clients: stats.players.length };
}

function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}
