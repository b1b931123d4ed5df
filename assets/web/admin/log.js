// The log: bounded, each level shown by a letter as well as a colour, and following
// the newest line unless the operator has scrolled up to read.

import { announce } from './announce.js';
import { byId, element, setText } from './dom.js';
import { clock, plain } from './format.js';

const LINES_MAX = 500;
const NEAR_END_PX = 12;

const LETTERS = { info: 'I', warn: 'W', error: 'E', command: '›', reply: '=', failed: '!' };

/** Kinds of lines that are announced to screen readers; answers even when the same was said before. */
const ANSWERS = new Set(['reply', 'failed']);
const SAID = new Set([...ANSWERS, 'warn', 'error']);

const box = byId('log');
const newest = byId('log-newest');
let waiting = [];
let flushAsked = false;
let followsEnd = true;
let unseen = 0;

/** `kind` is a level of the server's log, or command, reply, failed. */
export function add({ kind, text, at_ms = Date.now() }) {
  if (SAID.has(kind)) announce(plain(text), ANSWERS.has(kind));
  waiting.push({ kind: kind in LETTERS ? kind : 'info', text, at_ms });
  if (waiting.length > LINES_MAX) waiting.shift();
  if (flushAsked) return;
  flushAsked = true;
  // A timer, not an animation frame: a hidden tab must keep its log too.
  setTimeout(flush, 16);
}

function flush() {
  flushAsked = false;
  const lines = waiting;
  waiting = [];
  box.append(...lines.map(lineOf));
  while (box.childElementCount > LINES_MAX) box.firstElementChild.remove();
  if (followsEnd) box.scrollTop = box.scrollHeight;
  else unseen += lines.length;
  showUnseen();
}

function lineOf({ kind, text, at_ms }) {
  const line = element('div', { className: 'line' },
    element('time', {}, clock(at_ms)),
    element('b', { title: kind }, LETTERS[kind]),
    element('span', {}, plain(text)));
  line.dataset.kind = kind;
  return line;
}

function showUnseen() {
  newest.hidden = followsEnd;
  if (!followsEnd) setText(newest, unseen > 0 ? `↓ ${unseen} new` : '↓ newest');
}

box.addEventListener('scroll', () => {
  followsEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX;
  if (followsEnd) unseen = 0;
  showUnseen();
}, { passive: true });

newest.addEventListener('click', () => {
  box.scrollTop = box.scrollHeight;
  box.focus({ preventScroll: true });
});

// The panel changes height with the window; a followed end must stay in sight.
new ResizeObserver(() => {
  if (followsEnd) box.scrollTop = box.scrollHeight;
}).observe(box);
