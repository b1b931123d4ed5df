// The watched room as last reported, and where everything is between two messages.
// Each entity glides from where it is drawn now to where it was last reported.

/** How the game has a kind of entity drawn, by the name that the server gives it. */
export const ICONS = ['arrow', 'disc', 'dot', 'diamond'];
const UNKNOWN = { title: 'Object', icon: 'diamond' };

/** Longer than the usual interval, so that a late message does not stop the motion. */
const GLIDE_FACTOR = 1.25;
const INTERVAL_FIRST_MS = 150;
const INTERVAL_RANGE_MS = [40, 500];
/** Farther than this part of the world in one message is a respawn, not a flight. */
const LEAP_PART = 0.08;

export class World {
  width = 0;
  height = 0;
  tick = null;
  obstacles = [];
  /** Places that have a name: `[name, x, y, radius]`. */
  landmarks = [];
  /** What the game calls each kind, and its icon: one of ICONS. */
  kinds = [];
  /** Names of owners that have no seat. */
  npcs = new Map();
  entities = new Map();
  heardAt_ms = null;
  #interval_ms = INTERVAL_FIRST_MS;
  #generation = 0;

  /** Takes in one `world` message that arrived at `now_ms`. */
  apply(message, now_ms) {
    this.width = message.width;
    this.height = message.height;
    this.tick = message.tick;
    if (message.obstacles) this.obstacles = message.obstacles;
    if (message.landmarks) this.landmarks = message.landmarks;
    if (message.kinds) this.kinds = message.kinds.map(([title, icon]) => ({ title, icon: ICONS.includes(icon) ? icon : UNKNOWN.icon }));
    for (const [owner, name] of message.npcs ?? []) this.npcs.set(owner, name);
    if (this.heardAt_ms !== null) this.#learnInterval(now_ms - this.heardAt_ms);
    this.heardAt_ms = now_ms;
    this.#generation += 1;
    for (const row of message.entities) this.#applyEntity(row, now_ms);
    for (const [slot, entity] of this.entities) {
      if (entity.generation !== this.#generation) this.entities.delete(slot);
    }
  }

  /** Where an entity is drawn at `now_ms`: `{ x, y, turns }`. */
  at(entity, now_ms) {
    const part = Math.min(1, (now_ms - entity.since_ms) / (this.#interval_ms * GLIDE_FACTOR));
    return {
      x: entity.from.x + (entity.to.x - entity.from.x) * part,
      y: entity.from.y + (entity.to.y - entity.from.y) * part,
      turns: entity.from.turns + shortestTurn(entity.from.turns, entity.to.turns) * part,
    };
  }

  /** Whether anything may still be gliding, so that there is a reason to draw. */
  isMoving(now_ms) {
    return this.heardAt_ms !== null && now_ms - this.heardAt_ms < this.#interval_ms * GLIDE_FACTOR + 50;
  }

  /** What is known of an entity's kind. */
  kindOf(entity) {
    return this.kinds[entity.kind] ?? UNKNOWN;
  }

  /** Whether it is a body: something that a player steers, with a name, and health if there is such a thing. */
  isBody(entity) {
    const { icon } = this.kindOf(entity);
    return icon === 'arrow' || icon === 'disc';
  }

  bodyOf(owner) {
    for (const entity of this.entities.values()) {
      if (entity.owner === owner && this.isBody(entity)) return entity;
    }
    return null;
  }

  #learnInterval(measured_ms) {
    const [least, most] = INTERVAL_RANGE_MS;
    const bounded = Math.max(least, Math.min(most, measured_ms));
    this.#interval_ms += (bounded - this.#interval_ms) * 0.2;
  }

  #applyEntity([slot, kind, x, y, turns, owner, health], now_ms) {
    const to = { x, y, turns };
    let entity = this.entities.get(slot);
    const isSame = entity && entity.kind === kind && entity.owner === owner;
    const leap = LEAP_PART * Math.max(this.width, this.height);
    if (!isSame || Math.hypot(x - entity.to.x, y - entity.to.y) > leap) {
      entity = { slot, kind, owner, from: to };
      this.entities.set(slot, entity);
    } else {
      entity.from = this.at(entity, now_ms);
    }
    entity.to = to;
    entity.health = health;
    entity.since_ms = now_ms;
    entity.generation = this.#generation;
  }
}

function shortestTurn(from, to) {
  const turn = to - from;
  return turn - Math.round(turn);
}
