// Which part of the world is on the canvas. World y grows upward, canvas y downward.

import { motionIsReduced } from './dom.js';

const MARGIN_PX = 28;
const SCALE_MAX_PX = 8;
const OUT_OF_FIT = 0.5;
const EASE_MS = 150;

export class Camera {
  /** Centre in world units, and canvas pixels per unit. */
  x = 0;
  y = 0;
  scale = 1;
  /** True while the view is the whole world, so that a resize keeps it so. */
  isFitted = true;
  #size = { width: 1, height: 1 };
  #world = { width: 1, height: 1 };
  #ease = null;

  resize(width, height) {
    this.#size = { width, height };
    if (this.isFitted) this.fit(0, false);
  }

  setWorld(width, height) {
    this.#world = { width, height };
  }

  get fitScale() {
    const { width, height } = this.#size;
    return Math.max(1e-4, Math.min((width - 2 * MARGIN_PX) / this.#world.width, (height - 2 * MARGIN_PX) / this.#world.height));
  }

  fit(now_ms, eased) {
    this.isFitted = true;
    this.#goTo({ x: this.#world.width / 2, y: this.#world.height / 2, scale: this.fitScale }, now_ms, eased);
  }

  /** Centres on a world point, coming at least as near as `leastScale`. */
  lookAt({ x, y }, leastScale, now_ms) {
    this.isFitted = false;
    this.#goTo({ x, y, scale: Math.max(this.scale, leastScale) }, now_ms, true);
  }

  /** Moves the centre at once, and the end of a running ease with it. */
  follow({ x, y }) {
    const target = this.#ease?.to ?? this;
    target.x = x;
    target.y = y;
  }

  panBy(dx_px, dy_px) {
    this.#ease = null;
    this.isFitted = false;
    this.x -= dx_px / this.scale;
    this.y += dy_px / this.scale;
    this.#bound();
  }

  /** Zooms and keeps the world point under the canvas point where it is. */
  zoomAt(factor, point) {
    this.#ease = null;
    this.isFitted = false;
    const before = this.toWorld(point);
    this.scale = this.#boundedScale(this.scale * factor);
    const after = this.toWorld(point);
    this.x += before.x - after.x;
    this.y += before.y - after.y;
    this.#bound();
  }

  zoomBy(factor, now_ms) {
    this.isFitted = false;
    const target = this.#ease?.to ?? this;
    this.#goTo({ x: target.x, y: target.y, scale: this.#boundedScale(target.scale * factor) }, now_ms, true);
  }

  /** Advances a running ease; true while there is one. */
  step(now_ms) {
    if (!this.#ease) return false;
    const { from, to, since_ms } = this.#ease;
    const part = Math.min(1, (now_ms - since_ms) / EASE_MS);
    const eased = 1 - (1 - part) ** 3;
    this.x = from.x + (to.x - from.x) * eased;
    this.y = from.y + (to.y - from.y) * eased;
    this.scale = from.scale * (to.scale / from.scale) ** eased;
    if (part === 1) this.#ease = null;
    return true;
  }

  toCanvas({ x, y }) {
    return {
      x: this.#size.width / 2 + (x - this.x) * this.scale,
      y: this.#size.height / 2 - (y - this.y) * this.scale,
    };
  }

  toWorld({ x, y }) {
    return {
      x: this.x + (x - this.#size.width / 2) / this.scale,
      y: this.y - (y - this.#size.height / 2) / this.scale,
    };
  }

  #goTo(to, now_ms, eased) {
    this.#ease = null;
    if (eased && !motionIsReduced()) this.#ease = { from: { x: this.x, y: this.y, scale: this.scale }, to, since_ms: now_ms };
    else Object.assign(this, to);
  }

  #boundedScale(scale) {
    return Math.max(this.fitScale * OUT_OF_FIT, Math.min(SCALE_MAX_PX, scale));
  }

  #bound() {
    this.x = Math.max(0, Math.min(this.#world.width, this.x));
    this.y = Math.max(0, Math.min(this.#world.height, this.y));
  }
}
