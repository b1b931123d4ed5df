// What is announced to screen readers. Nothing that is shown is a live region itself: numbers run
// there and lists are rewritten. Here little is said, once, and what waits is said together.

import { byId } from './dom.js';

/** So many at once after a silence, then one each so often: at most ten in any minute. */
const BURST = 2;
const REFILL_MS = 7_500;
const WAITING_MAX = 4;
/** The same but for its numbers is not said again for so long. */
const AGAIN_MS = 20_000;

let left = BURST;
let waiting = [];
let timer = null;
const said = new Map();

/** Says it in its turn. `isAnswer`: it answers the operator, so it is said even if it was said before. */
export function announce(text, isAnswer = false) {
  const gist = text.replace(/\d+/g, '');
  const now_ms = Date.now();
  for (const [other, at_ms] of said) if (now_ms - at_ms > AGAIN_MS) said.delete(other);
  if (!text || (!isAnswer && said.has(gist))) return;
  said.set(gist, now_ms);
  waiting = [...waiting, text].slice(-WAITING_MAX);
  speak();
}

function speak() {
  if (left === 0 || waiting.length === 0) return;
  left -= 1;
  byId('spoken').textContent = waiting.join('. ');
  waiting = [];
  timer ??= setInterval(refill, REFILL_MS);
}

function refill() {
  left = Math.min(BURST, left + 1);
  speak();
  if (left < BURST) return;
  clearInterval(timer);
  timer = null;
}
