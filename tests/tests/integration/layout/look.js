// Opens a panel, looks until nothing lies on anything, or for as long as it takes to slide to its place, and closes it, unless
// something is wrong. Gives what is wrong. Everything in the page: a word to the driver takes longer than a look.
//
// `mode`: `look`; `keep` leaves it open; `toggle` opens or closes and does not look.

const [button, panel, name, corner, mode, done] = arguments;
const FIRST_MS = 260;
const AGAIN_MS = 120;
const LOOKS = 34;
/** The last look may have come before a list did: nothing lies on anything twice, one after the other. */
const CLEAN = 2;

const toggle = () => {
  if (button) {
    const close = panel === 'settings' ? '#settings-close' : `[data-close=${panel}]`;
    const open = panel === 'settings'
      ? document.getElementById('settings').open : document.body.dataset[panel] === 'open';
    document.querySelector(open ? close : `#menu ${button}`).click();
    return;
  }
  // Not opened by a button.
  if (panel === 'net-graph') document.getElementById(panel).toggleAttribute('hidden');
  if (panel !== 'words') return;
  const [banner, notice] = ['banner', 'notice'].map((id) => document.getElementById(id));
  const isShown = notice.textContent !== '';
  document.body.dataset.banner = isShown ? '' : 'status';
  banner.textContent = isShown ? '' : 'The server is busy: fewer updates, shorter sight';
  document.getElementById('replay').hidden = isShown;
  // Who has no ship has no gauges.
  document.getElementById('gauges').style.visibility = isShown ? '' : 'hidden';
  notice.textContent = isShown ? '' : `${name} got you with a missile – back in 3 s`;
};

/** Keeps the ship in its corner: the pointer is in that corner of the window, and thrust is held, panels or none. */
const pushOn = () => {
  if (!corner) return;
  const [x, y] = [corner[0] * (innerWidth - 1), corner[1] * (innerHeight - 1)];
  const arena = document.getElementById('view');
  for (const by of [5, 0]) {
    const at = { clientX: Math.abs(x - by), clientY: Math.abs(y - by) };
    arena.dispatchEvent(new PointerEvent('pointermove', { pointerType: 'mouse', bubbles: true, ...at }));
  }
  document.body.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyW', key: 'w', bubbles: true }));
};

const wait = (ms) => new Promise((go) => { setTimeout(go, ms); });
const look = () => {
  /* overlaps.js */
};

(async () => {
  toggle();
  if (mode === 'toggle') return done([]);
  pushOn();
  let found = [];
  for (let at = 0, clean = 0; at < LOOKS && clean < CLEAN; at += 1) {
    await wait(at === 0 ? FIRST_MS : AGAIN_MS);
    found = look();
    clean = found.length ? 0 : clean + 1;
  }
  if (mode === 'look' && !found.length) toggle();
  return done(found);
})().catch((error) => done([String(error)]));
