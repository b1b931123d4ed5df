// The live map: ties world, camera, painter, gestures and inspector together and draws
// only when something moves.

import { byId, setText } from './dom.js';
import { integer, plain } from './format.js';
import { Inspector } from './inspector.js';
import { Camera } from './map_camera.js';
import { listenToGestures } from './map_gestures.js';
import { bodySize, Painter } from './map_paint.js';
import { World } from './map_world.js';

const ZOOM_STEP = 1.6;
const PICK_PX = 12;
const PICK_TOUCH_PX = 24;
/** As near as "find on the map" comes: what lies around it fills the view. */
const NEAR_FIT = 3;
const STALE_MS = 2_000;

export class WorldMap {
  #canvas = byId('map');
  #painter = new Painter(this.#canvas);
  #camera = new Camera();
  #world = new World();
  #inspector;
  #room = null;
  #players = new Map();
  #isLive = false;
  /** `{ owner }` for a player, whatever body is theirs; `{ slot, kind }` for the rest. */
  #selection = null;
  #isFollowing = false;
  #isDirty = true;
  #isToldAnew = true;
  #pointer = null;
  #onSelect;

  /** `onSelect(owner or null)` gets the selected player; `kick(player, anchor)`. */
  constructor({ onSelect, kick }) {
    this.#onSelect = onSelect;
    this.#inspector = new Inspector({
      follow: () => this.#toggleFollow(),
      close: () => this.select(null),
      kick: (anchor) => kick(this.#players.get(this.#selection?.owner), anchor),
    });
    this.#listen();
    requestAnimationFrame(() => this.#frame());
  }

  /** Another room, or the same one again; then the old picture stays until the new one comes. */
  watch(room) {
    if (room !== this.#room) {
      this.select(null);
      this.#world = new World();
      this.#camera.isFitted = true;
    }
    this.#room = room;
    this.#isToldAnew = true;
    this.#isDirty = true;
  }

  apply(message) {
    if (this.#isToldAnew) this.#world = new World();
    this.#isToldAnew = false;
    const isFirst = this.#world.heardAt_ms === null;
    this.#world.apply(message, performance.now());
    this.#camera.setWorld(message.width, message.height);
    if (isFirst && this.#camera.isFitted) this.#camera.fit(0, false);
  }

  /** `room` is the watched room's row, or undefined; `players` are those in it. */
  setFacts({ room, players, isLive }) {
    this.#players = new Map(players.map((player) => [player.id, player]));
    this.#isLive = isLive;
    this.#showFacts(room);
    this.#isDirty = true;
  }

  /** Selects a player's body and shows where it is. */
  find(owner) {
    this.select({ owner });
    const body = this.#world.bodyOf(owner);
    if (body) this.#camera.lookAt(body.to, this.#camera.fitScale * NEAR_FIT, performance.now());
  }

  select(selection) {
    this.#selection = selection;
    this.#isFollowing = false;
    this.#isDirty = true;
    if (!selection) this.#inspector.hide();
    this.#onSelect(selection?.owner ?? null);
  }

  #listen() {
    listenToGestures(this.#canvas, {
      pan: (dx, dy) => this.#change(() => { this.#isFollowing = false; this.#camera.panBy(dx, dy); }),
      zoomAt: (factor, point) => this.#change(() => this.#camera.zoomAt(factor, point)),
      click: (point, isTouch) => this.#pick(point, isTouch ? PICK_TOUCH_PX : PICK_PX),
      hover: (point) => this.#change(() => { this.#pointer = point; }),
      key: (name) => this.#act(name),
    });
    for (const name of ['zoom-in', 'zoom-out', 'fit']) {
      byId(`map-${name}`).addEventListener('click', () => this.#act(name));
    }
    byId('inspector').addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.select(null);
    });
    new ResizeObserver(() => this.#change(() => {
      this.#camera.resize(this.#canvas.clientWidth, this.#canvas.clientHeight);
    })).observe(this.#canvas);
  }

  #act(name) {
    const now_ms = performance.now();
    if (name === 'zoom-in') this.#camera.zoomBy(ZOOM_STEP, now_ms);
    else if (name === 'zoom-out') this.#camera.zoomBy(1 / ZOOM_STEP, now_ms);
    else if (name === 'clear') this.select(null);
    else {
      this.#isFollowing = false;
      this.#camera.fit(now_ms, true);
    }
    this.#isDirty = true;
  }

  #change(act) {
    act();
    this.#isDirty = true;
  }

  #toggleFollow() {
    this.#isFollowing = !this.#isFollowing;
    const body = this.#selected();
    if (this.#isFollowing && body) this.#camera.lookAt(body.to, this.#camera.fitScale * NEAR_FIT, performance.now());
    this.#isDirty = true;
  }

  #pick(point, reach_px) {
    const now_ms = performance.now();
    let best = null;
    for (const entity of this.#world.entities.values()) {
      const at = this.#camera.toCanvas(this.#world.at(entity, now_ms));
      const isBody = this.#world.isBody(entity);
      const reach = reach_px + (isBody ? bodySize(this.#camera, this.#world) / 2 : 0);
      // A body is what is meant when a shot is as near.
      const distance = Math.hypot(at.x - point.x, at.y - point.y) + (isBody ? 0 : 4);
      if (distance <= reach && (!best || distance < best.distance)) best = { entity, distance };
    }
    if (!best) this.select(null);
    else if (this.#world.isBody(best.entity) && best.entity.owner >= 0) this.select({ owner: best.entity.owner });
    else this.select({ slot: best.entity.slot, kind: best.entity.kind });
  }

  #selected() {
    const selection = this.#selection;
    if (!selection) return null;
    if ('owner' in selection) return this.#world.bodyOf(selection.owner);
    const entity = this.#world.entities.get(selection.slot);
    return entity?.kind === selection.kind ? entity : null;
  }

  #frame() {
    requestAnimationFrame(() => this.#frame());
    const now_ms = performance.now();
    const selected = this.#selected();
    if (this.#isFollowing && selected) this.#camera.follow(this.#world.at(selected, now_ms));
    const isEasing = this.#camera.step(now_ms);
    this.#showNote(now_ms);
    if (!this.#isDirty && !isEasing && !this.#world.isMoving(now_ms)) return;
    this.#isDirty = false;
    this.#painter.paint({
      world: this.#world,
      camera: this.#camera,
      size: { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight, ratio: devicePixelRatio },
      now_ms,
      nameOf: (entity) => this.#title(entity),
      selected,
    });
    this.#showPointer();
    this.#inspect(selected, now_ms);
  }

  #inspect(entity, now_ms) {
    if (!this.#selection) return;
    const owner = this.#selection.owner ?? entity?.owner ?? -1;
    // Whatever has no owner will not come back when it is gone; a player's body may.
    if (!entity && !('owner' in this.#selection)) {
      this.select(null);
      return;
    }
    const player = this.#players.get(owner) ?? null;
    this.#inspector.show({
      entity,
      place: entity && this.#world.at(entity, now_ms),
      player,
      owner,
      kind: entity && this.#world.kindOf(entity).title,
      title: player ? plain(player.name) : this.#title(entity ?? { owner, slot: '?' }),
      isFollowed: this.#isFollowing,
      isLive: this.#isLive,
    });
  }

  #title(entity) {
    const { owner, slot } = entity;
    const name = this.#players.get(owner)?.name ?? this.#world.npcs.get(owner);
    if (name) return plain(name);
    if (owner >= 0) return `Player ${owner}`;
    return `${this.#world.kindOf(entity).title} ${slot}`;
  }

  #showFacts(room) {
    setText(byId('world-title'), this.#room ?? 'No room watched');
    const mark = byId('world-mark');
    mark.hidden = !room;
    mark.dataset.paused = String(room?.paused ?? false);
    setText(mark, room?.paused ? 'paused' : 'running');
    setText(byId('world-tick'), integer(room?.tick));
    setText(byId('world-rate'), room ? `${room.tick_hz} Hz` : '–');
    setText(byId('world-entities'), integer(room?.entities));
    setText(byId('world-hash'), room?.state_hash ? room.state_hash.slice(0, 8) : '–');
    byId('world-hash').title = room?.state_hash ?? '';
  }

  #showNote(now_ms) {
    const { heardAt_ms } = this.#world;
    let note = '';
    if (!this.#room) note = 'Choose a room to watch in the rooms table.';
    else if (heardAt_ms === null) note = `Waiting for the world of ${this.#room}.`;
    else if (now_ms - heardAt_ms > STALE_MS) note = `The picture is ${Math.floor((now_ms - heardAt_ms) / 1000)} s old.`;
    setText(byId('map-note'), note);
  }

  #showPointer() {
    const place = this.#pointer && this.#world.heardAt_ms !== null ? this.#camera.toWorld(this.#pointer) : null;
    setText(byId('map-pointer'), place ? `x ${place.x.toFixed(0)}  y ${place.y.toFixed(0)}` : '');
  }
}
