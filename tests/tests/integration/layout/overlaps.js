// Lists, as sentences, whatever on the page lies on something else that is to be read or pressed, whatever is cut off by
// the window, and whatever lies on the own ship. The ship's place comes from the page's debug view.

const [width, height] = [innerWidth, innerHeight];
/** Less than this is how letters and borders are rounded. */
const SLACK_PX = 1.5;
const SHIP_UNITS = 24;
const CONTROLS = 'button, input, select, a[href], summary, [tabindex="0"], #primary-mark, #secondary-mark';
const PICTURES = 'canvas:not(#view), .gauge-bar, progress';
const PANELS = '.sheet, #panel-chat[data-open="1"], dialog[open], #stick';
/** They stand beside ships, in the world. */
const WORLD = '#view, #markers, .sr-only';

const isSeen = (element) => {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
  for (let e = element; e; e = e.parentElement) if (parseFloat(getComputedStyle(e).opacity) < 0.05) return false;
  return true;
};
const isEmpty = (box) => box.right - box.left < 1 || box.bottom - box.top < 1;
const common = (a, b) => ({
  left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
  right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
});
const overlap = (a, b) => {
  const { left, top, right, bottom } = common(a, b);
  return right - left > SLACK_PX && bottom - top > SLACK_PX;
};
/** What is left of a box after all that clips it. */
const clipped = (box, element) => {
  let left = { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
  for (let e = element; e && e !== document.body; e = e.parentElement) {
    const style = getComputedStyle(e);
    if (style.overflow !== 'visible' || style.clipPath !== 'none') left = common(left, e.getBoundingClientRect());
    if (style.position === 'fixed') break;
  }
  return left;
};
const nameOf = (element, text = '') => {
  const owner = element.closest('[id]');
  const what = text || element.getAttribute('aria-label') || '';
  return `#${owner?.id ?? '?'}${what ? ` "${what.trim().slice(0, 24)}"` : ''}`;
};

const modal = document.querySelector('dialog[open]:modal');
const root = modal ?? document.body;
const items = [];
const add = (element, box, kind, text) => {
  if (element.closest(WORLD) || !isSeen(element)) return;
  const seen = clipped(box, element);
  if (isEmpty(box)) return;
  items.push({ element, box: seen, whole: box, kind, name: nameOf(element, text) });
};
for (const element of root.querySelectorAll(CONTROLS)) add(element, element.getBoundingClientRect(), 'control');
for (const element of root.querySelectorAll(PICTURES)) add(element, element.getBoundingClientRect(), 'picture');
for (const element of [...root.querySelectorAll(PANELS), ...(modal ? [modal] : [])]) {
  add(element, element.getBoundingClientRect(), 'panel');
}
const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (!node.data.trim() || node.parentElement.closest('option, script, noscript')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) add(node.parentElement, box, 'text', node.data);
}

const found = new Set();
const isWithin = (a, b) => a.element.contains(b.element) || b.element.contains(a.element);
/** One that scrolls is reached by scrolling. */
const scrolls = (element) => {
  for (let e = element.parentElement; e; e = e.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(e).overflow)) return true;
  }
  return false;
};
for (const [at, one] of items.entries()) {
  if (isEmpty(one.box)) {
    const isClosed = one.element.closest('#panel-chat[data-open="0"]');
    if (!scrolls(one.element) && one.kind === 'control' && !isClosed) found.add(`${one.name} is cut off`);
    continue;
  }
  const { left, top, right, bottom } = one.box;
  const isOut = left < -SLACK_PX || top < -SLACK_PX || right > width + SLACK_PX || bottom > height + SLACK_PX;
  if (isOut && !scrolls(one.element) && one.kind !== 'panel') found.add(`${one.name} is beyond the window`);
  // Old lines of a chat that is closed end where they end: nothing there can be pressed.
  const isClosed = one.element.closest('#panel-chat[data-open="0"]');
  const isCut = one.kind === 'control' && !isClosed && !scrolls(one.element)
    && (one.whole.right > one.box.right + 2 || one.whole.bottom > one.box.bottom + 2);
  if (isCut) found.add(`${one.name} is cut off`);
  for (const other of items.slice(at + 1)) {
    if (overlap(one.box, other.box) && !isEmpty(other.box) && !isWithin(one, other)) {
      found.add(`${one.name} and ${other.name} lie on each other`);
    }
  }
}

const debug = JSON.parse(document.body.dataset.debug || 'null');
// A notice is shown while there is no ship; lines of chat that have faded are there only for this test.
if (debug?.own && document.body.dataset.state === 'live' && !document.getElementById('notice').textContent) {
  const [cx, cy, half] = debug.camera;
  const scale = height / 2 / half;
  const at = { x: width / 2 + (debug.own[0] - cx) * scale, y: height / 2 - (debug.own[1] - cy) * scale };
  const reach = SHIP_UNITS * scale;
  const ship = { left: at.x - reach, right: at.x + reach, top: at.y - reach, bottom: at.y + reach };
  const place = `${at.x.toFixed(0)}, ${at.y.toFixed(0)}`;
  if (ship.left < 0 || ship.top < 0 || ship.right > width || ship.bottom > height) found.add(`the ship at ${place} is out of view`);
  const faded = document.querySelector('#panel-chat[data-idle="1"][data-open="0"]');
  const over = items.filter(({ kind, element }) => (modal ? kind === 'panel' : !faded?.contains(element)));
  for (const item of over) {
    if (!isEmpty(item.box) && overlap(item.box, ship)) found.add(`${item.name} lies on the ship at ${place}`);
  }
}
return [...found];
