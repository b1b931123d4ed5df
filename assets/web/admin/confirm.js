// One question at a time, beside the thing that caused it. Enter agrees, Escape or a
// click elsewhere does not. The focus goes back where it came from.

import { byId, element } from './dom.js';
import { plain } from './format.js';

const GAP_PX = 6;

const box = byId('confirm');
const yes = byId('confirm-yes');
const no = byId('confirm-no');
let settle = null;

/** Resolves to whether the operator agreed to do `verb` to `object`. */
export function confirmOnce({ verb, object, detail, anchor }) {
  settle?.(false);
  byId('confirm-title').replaceChildren(`${verb} `, element('bdi', {}, plain(object || '(nothing named)')), '?');
  byId('confirm-detail').textContent = plain(detail);
  yes.replaceChildren(`${verb} `, element('kbd', {}, 'Enter'));
  box.hidden = false;
  place(anchor.getBoundingClientRect());
  const before = document.activeElement;
  yes.focus();
  return new Promise((resolve) => {
    settle = (agreed) => {
      settle = null;
      box.hidden = true;
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(agreed);
    };
  });
}

/** Below the anchor if there is room, else above; always wholly on the screen. */
function place(anchor) {
  const { width, height } = box.getBoundingClientRect();
  const below = anchor.bottom + GAP_PX;
  const top = below + height < innerHeight ? below : anchor.top - height - GAP_PX;
  box.style.left = `${Math.max(GAP_PX, Math.min(anchor.left, innerWidth - width - GAP_PX))}px`;
  box.style.top = `${Math.max(GAP_PX, top)}px`;
}

yes.addEventListener('click', () => settle?.(true));
no.addEventListener('click', () => settle?.(false));

box.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') settle?.(false);
  else if (event.key === 'Tab') (document.activeElement === yes ? no : yes).focus();
  // The Enter that sent the command may still be down; it must not also agree.
  else if (event.key !== 'Enter' || !event.repeat) return;
  event.preventDefault();
  event.stopPropagation();
});

document.addEventListener('pointerdown', (event) => {
  if (settle && !box.contains(event.target)) settle(false);
});
addEventListener('resize', () => settle?.(false));
