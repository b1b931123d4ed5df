// Draws the world onto a 2D canvas. Only draws: what, where and how big are arguments.

const INK = {
  outside: '#05080f',
  space: '#070b14',
  grid: '#121b2d',
  border: '#3a4d72',
  obstacle: '#111a2b',
  obstacleEdge: '#2c3c5c',
  label: '#9fb0c8',
  name: '#dfe7f5',
  neutral: '#9fb0c8',
  ring: '#dfe7f5',
  landmark: '#3f6ea8',
  landmarkName: '#8fb8e8',
};
/** The palette's lights and their paler halves; an owner keeps one by a hash. */
const OWNER_INKS = ['#5ef2c2', '#4da3ff', '#ffb347', '#ff6b5e', '#ffd166', '#a3f5de', '#9acaff', '#ffd4a0', '#ffada6', '#ffe6a6'];
const FONT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const BODY_UNITS = 18;
const BODY_PX = [7, 30];
const BODY_CROWDED_PX = 4.5;
/** From the first number of entities on, bodies shrink and lose their glow until the second. */
const CROWD = [150, 800];
const HEALTH_NEAR_PX = 10;
const GRID_LEAST_PX = 90;
/** Left of the world, if there is room for them, else just inside. */
const GRID_LABEL_PX = 44;
const GLOW_PX = 32;
/** Between a body and the ring around a selected one. */
const RING_PX = 9;
/** Names come at this many bodies in sight and go at that many, so they do not flicker. */
const NAMES_COME_AT = 16;
const NAMES_GO_AT = 22;
const TAU = 2 * Math.PI;

export function ownerInk(owner) {
  if (owner < 0) return INK.neutral;
  const hash = Math.imul(owner ^ (owner >>> 16), 0x45d9f3b);
  return OWNER_INKS[((hash ^ (hash >>> 16)) >>> 0) % OWNER_INKS.length];
}

export class Painter {
  #canvas;
  #pen;
  #glows = new Map();
  #namesShown = false;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext('2d', { alpha: false });
  }

  /** `nameOf(owner)` is the text beside a body; `selected` is an entity or null. */
  paint({ world, camera, size, now_ms, nameOf, selected }) {
    this.#begin(size);
    if (world.heardAt_ms === null) return;
    this.#space(world, camera, size);
    this.#obstacles(world, camera);
    this.#landmarks(world, camera);
    const seen = this.#inSight(world, camera, size, now_ms);
    for (const sight of seen) {
      if (world.isBody(sight.entity)) this.#body(sight, camera, world);
      else if (world.kindOf(sight.entity).icon === 'dot') this.#dot(sight);
      else this.#diamond(sight);
    }
    const radius = bodySize(camera, world);
    this.#names(seen.filter(({ entity }) => world.isBody(entity)), radius, nameOf, selected);
    const chosen = seen.find((sight) => sight.entity === selected);
    if (chosen) this.#ring(chosen.at, world.isBody(selected) ? radius : 5);
  }

  #begin({ width, height, ratio }) {
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== w || this.#canvas.height !== h) {
      this.#canvas.width = w;
      this.#canvas.height = h;
    }
    this.#pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#pen.fillStyle = INK.outside;
    this.#pen.fillRect(0, 0, width, height);
    this.#pen.font = FONT;
  }

  #space(world, camera, size) {
    const pen = this.#pen;
    const low = camera.toCanvas({ x: 0, y: 0 });
    const high = camera.toCanvas({ x: world.width, y: world.height });
    pen.fillStyle = INK.space;
    pen.fillRect(low.x, high.y, high.x - low.x, low.y - high.y);
    this.#grid(world, camera, size, low, high);
    pen.strokeStyle = INK.border;
    pen.lineWidth = 1;
    pen.strokeRect(low.x, high.y, high.x - low.x, low.y - high.y);
  }

  #grid(world, camera, size, low, high) {
    const pen = this.#pen;
    const step = gridStep(camera.scale);
    pen.strokeStyle = INK.grid;
    pen.fillStyle = INK.label;
    pen.lineWidth = 1;
    pen.beginPath();
    for (let x = 0; x <= world.width; x += step) {
      const at = Math.round(camera.toCanvas({ x, y: 0 }).x) + 0.5;
      pen.moveTo(at, high.y);
      pen.lineTo(at, low.y);
    }
    for (let y = 0; y <= world.height; y += step) {
      const at = Math.round(camera.toCanvas({ x: 0, y }).y) + 0.5;
      pen.moveTo(low.x, at);
      pen.lineTo(high.x, at);
    }
    pen.stroke();
    pen.textBaseline = 'bottom';
    pen.textAlign = 'center';
    const floor = Math.min(size.height - 4, low.y + 18);
    for (let x = step; x < world.width; x += step) pen.fillText(String(x), camera.toCanvas({ x, y: 0 }).x, floor);
    pen.textBaseline = 'middle';
    const isOutside = low.x > GRID_LABEL_PX;
    pen.textAlign = isOutside ? 'right' : 'left';
    const wall = isOutside ? low.x - 6 : Math.max(4, low.x + 4);
    for (let y = step; y < world.height; y += step) pen.fillText(String(y), wall, camera.toCanvas({ x: 0, y }).y);
  }

  #obstacles(world, camera) {
    const pen = this.#pen;
    pen.fillStyle = INK.obstacle;
    pen.strokeStyle = INK.obstacleEdge;
    pen.lineWidth = 1;
    for (const [x, y, radius] of world.obstacles) {
      const at = camera.toCanvas({ x, y });
      pen.beginPath();
      pen.arc(at.x, at.y, Math.max(1, radius * camera.scale), 0, TAU);
      pen.fill();
      pen.stroke();
    }
  }

  /** Where people meet: a ring as large as the place is, and its name. */
  #landmarks(world, camera) {
    const pen = this.#pen;
    pen.strokeStyle = INK.landmark;
    pen.fillStyle = INK.landmarkName;
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    for (const [name, x, y, radius] of world.landmarks) {
      const at = camera.toCanvas({ x, y });
      const reach = Math.max(4, radius * camera.scale);
      pen.lineWidth = 1.25;
      pen.beginPath();
      pen.arc(at.x, at.y, reach, 0, TAU);
      pen.stroke();
      pen.lineWidth = 3;
      pen.save();
      pen.strokeStyle = INK.space;
      pen.strokeText(name, at.x, at.y + reach + 3);
      pen.restore();
      pen.fillText(name, at.x, at.y + reach + 3);
    }
  }

  #inSight(world, camera, { width, height }, now_ms) {
    const seen = [];
    for (const entity of world.entities.values()) {
      const place = world.at(entity, now_ms);
      const at = camera.toCanvas(place);
      if (at.x > -40 && at.y > -40 && at.x < width + 40 && at.y < height + 40) seen.push({ entity, at, turns: place.turns });
    }
    return seen;
  }

  #body({ entity, at, turns }, camera, world) {
    const pen = this.#pen;
    const size = bodySize(camera, world);
    const ink = ownerInk(entity.owner);
    this.#glow(at, ink, size * 2.2, 0.35 * (1 - crowding(camera, world)));
    pen.fillStyle = ink;
    if (world.kindOf(entity).icon === 'disc') this.#disc(at, size * 0.75);
    else this.#arrow(at, turns, size);
    // From far away only the badly hurt show it, and fainter where there are many, or the map would be all rings.
    const healthShownBelow = size >= HEALTH_NEAR_PX ? 1 : 0.5;
    const strength = 1 - 2 * crowding(camera, world);
    // What has no health has -1.
    if (entity.health >= 0 && entity.health < healthShownBelow && strength > 0) this.#health(entity, at, size, strength);
  }

  #disc(at, radius) {
    this.#pen.beginPath();
    this.#pen.arc(at.x, at.y, radius, 0, TAU);
    this.#pen.fill();
  }

  #arrow(at, turns, size) {
    const pen = this.#pen;
    pen.save();
    pen.translate(at.x, at.y);
    pen.rotate(-turns * TAU);
    pen.beginPath();
    pen.moveTo(size, 0);
    pen.lineTo(-size * 0.75, size * 0.65);
    pen.lineTo(-size * 0.4, 0);
    pen.lineTo(-size * 0.75, -size * 0.65);
    pen.closePath();
    pen.fill();
    pen.restore();
  }

  /** What is left of it, as an arc that starts at the top. */
  #health({ health }, at, size, strength) {
    const pen = this.#pen;
    pen.globalAlpha = strength;
    pen.beginPath();
    pen.arc(at.x, at.y, size + 4, -TAU / 4, -TAU / 4 + TAU * health);
    pen.strokeStyle = healthInk(health);
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  #dot({ entity, at }) {
    const ink = ownerInk(entity.owner);
    this.#glow(at, ink, 6, 0.5);
    this.#pen.fillStyle = ink;
    this.#disc(at, 1.5);
  }

  #diamond({ entity, at }) {
    const pen = this.#pen;
    pen.strokeStyle = ownerInk(entity.owner);
    pen.lineWidth = 1.25;
    pen.beginPath();
    pen.moveTo(at.x, at.y - 5);
    pen.lineTo(at.x + 5, at.y);
    pen.lineTo(at.x, at.y + 5);
    pen.lineTo(at.x - 5, at.y);
    pen.closePath();
    pen.stroke();
  }

  #names(bodies, size, nameOf, selected) {
    const pen = this.#pen;
    if (bodies.length <= NAMES_COME_AT) this.#namesShown = true;
    else if (bodies.length > NAMES_GO_AT) this.#namesShown = false;
    pen.textAlign = 'left';
    pen.textBaseline = 'middle';
    pen.lineWidth = 3;
    pen.strokeStyle = INK.space;
    pen.fillStyle = INK.name;
    for (const { entity, at } of bodies) {
      if (!this.#namesShown && entity !== selected) continue;
      const name = nameOf(entity);
      const x = at.x + size + (entity === selected ? RING_PX + 9 : 8);
      pen.strokeText(name, x, at.y);
      pen.fillText(name, x, at.y);
    }
  }

  #ring(at, size) {
    const pen = this.#pen;
    const radius = size + RING_PX;
    pen.strokeStyle = INK.ring;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.arc(at.x, at.y, radius, 0, TAU);
    for (const [dx, dy] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) {
      pen.moveTo(at.x + dx * radius, at.y + dy * radius);
      pen.lineTo(at.x + dx * (radius + 5), at.y + dy * (radius + 5));
    }
    pen.stroke();
  }

  /** Light is a stamped picture: a blurred shadow for each of a thousand bodies is too slow. */
  #glow(at, ink, radius, strength) {
    const pen = this.#pen;
    if (strength < 0.02) return;
    if (!this.#glows.has(ink)) this.#glows.set(ink, glowStamp(ink));
    pen.globalCompositeOperation = 'lighter';
    pen.globalAlpha = strength;
    pen.drawImage(this.#glows.get(ink), at.x - radius, at.y - radius, 2 * radius, 2 * radius);
    pen.globalAlpha = 1;
    pen.globalCompositeOperation = 'source-over';
  }
}

export function healthInk(health) {
  if (health > 0.5) return '#5ef2c2';
  return health > 0.25 ? '#ffd166' : '#ff6b5e';
}

export function bodySize(camera, world) {
  const [least, most] = BODY_PX;
  const smallest = least + (BODY_CROWDED_PX - least) * crowding(camera, world);
  return Math.max(smallest, Math.min(most, BODY_UNITS * camera.scale));
}

/** 0 where there is room for all, 1 where a thousand lights would melt into one. */
function crowding(camera, world) {
  const [first, last] = CROWD;
  const near = Math.max(1, camera.scale / camera.fitScale);
  return Math.max(0, Math.min(1, (world.entities.size / near ** 2 - first) / (last - first)));
}

function glowStamp(ink) {
  const stamp = document.createElement('canvas');
  stamp.width = stamp.height = 2 * GLOW_PX;
  const pen = stamp.getContext('2d');
  const light = pen.createRadialGradient(GLOW_PX, GLOW_PX, 0, GLOW_PX, GLOW_PX, GLOW_PX);
  light.addColorStop(0, ink);
  light.addColorStop(0.35, `${ink}55`);
  light.addColorStop(1, `${ink}00`);
  pen.fillStyle = light;
  pen.fillRect(0, 0, 2 * GLOW_PX, 2 * GLOW_PX);
  return stamp;
}

/** The smallest of 1, 2, 5, 10, ... units that leaves the lines far enough apart. */
function gridStep(scale) {
  const least = GRID_LEAST_PX / scale;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
}
