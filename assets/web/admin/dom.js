// The two DOM helpers that everything here shares. Text only ever enters the page
// as a text node, because most of it was written by players.

export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`index.html has no #${id}`);
  return node;
}

/** `element('button', { className: 'kick', type: 'button' }, 'Kick')` */
export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Sets text only when it differs, so an idle panel costs no layout. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const reduced = matchMedia('(prefers-reduced-motion: reduce)');

export function motionIsReduced() {
  return reduced.matches;
}
