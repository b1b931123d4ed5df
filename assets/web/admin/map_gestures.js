// Mouse, touch and keys on the map, turned into pan, zoom, click and hover.

const CLICK_SLOP_PX = 5;
const WHEEL_RATE = 0.0015;
const LINE_PX = 16;
const KEY_PAN_PX = 60;

/**
 * `on` has the handlers: `pan(dx, dy)`, `zoomAt(factor, point)`, `click(point, isTouch)`,
 * `hover(point or null)`, `key(name)` with zoom-in, zoom-out, fit or clear.
 */
export function listenToGestures(canvas, on) {
  const pointers = new Map();
  let pressed = null;

  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, pointOf(event));
    // A second finger makes it a pinch, which is never a click.
    pressed = pointers.size === 1 ? pointOf(event) : null;
  });

  canvas.addEventListener('pointermove', (event) => {
    const point = pointOf(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      on.hover(point);
      return;
    }
    if (pressed && distance(point, pressed) <= CLICK_SLOP_PX) return;
    pressed = null;
    if (pointers.size === 2) pinch(event.pointerId, point);
    else on.pan(point.x - before.x, point.y - before.y);
    pointers.set(event.pointerId, point);
  });

  function pinch(movedId, point) {
    const [otherId] = [...pointers.keys()].filter((id) => id !== movedId);
    const other = pointers.get(otherId);
    const before = pointers.get(movedId);
    on.zoomAt(distance(point, other) / Math.max(1, distance(before, other)), middle(point, other));
    on.pan((point.x - before.x) / 2, (point.y - before.y) / 2);
  }

  canvas.addEventListener('pointerup', (event) => {
    if (pressed) on.click(pressed, event.pointerType === 'touch');
    release(event);
  });
  canvas.addEventListener('pointercancel', release);
  canvas.addEventListener('pointerleave', () => on.hover(null));

  function release(event) {
    pointers.delete(event.pointerId);
    pressed = null;
  }

  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const dy_px = event.deltaMode === 1 ? event.deltaY * LINE_PX : event.deltaY;
    // A trackpad pinch arrives as a wheel with Ctrl, in smaller steps.
    on.zoomAt(Math.exp(-dy_px * WHEEL_RATE * (event.ctrlKey ? 6 : 1)), pointOf(event));
  }, { passive: false });

  canvas.addEventListener('keydown', (event) => {
    const act = KEYS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(on);
  });
}

const KEYS = {
  ArrowLeft: (on) => on.pan(KEY_PAN_PX, 0),
  ArrowRight: (on) => on.pan(-KEY_PAN_PX, 0),
  ArrowUp: (on) => on.pan(0, KEY_PAN_PX),
  ArrowDown: (on) => on.pan(0, -KEY_PAN_PX),
  '+': (on) => on.key('zoom-in'),
  '=': (on) => on.key('zoom-in'),
  '-': (on) => on.key('zoom-out'),
  0: (on) => on.key('fit'),
  Escape: (on) => on.key('clear'),
};

function pointOf(event) {
  return { x: event.offsetX, y: event.offsetY };
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middle(a, b) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
