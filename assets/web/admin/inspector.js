// The card with everything known of the selected entity.

import { byId, element, setText } from './dom.js';
import { bytes, integer } from './format.js';
import { healthInk, ownerInk } from './map_paint.js';

const FACTS = ['Kind', 'Position', 'Heading', 'Health', 'RTT', 'Sent/s', 'Score'];

export class Inspector {
  #card = byId('inspector');
  #mark = element('i');
  #title = element('bdi');
  #values = new Map();
  #bar = element('span', { className: 'bar' }, element('i'));
  #follow = element('button', { type: 'button' }, 'Follow');
  #kick = element('button', { type: 'button', className: 'kick' }, 'Kick');

  /** `on` has `follow()`, `kick(anchor)` and `close()`. */
  constructor(on) {
    const close = element('button', { type: 'button', className: 'close', title: 'Close (Esc)' }, '×');
    close.setAttribute('aria-label', 'Close');
    close.addEventListener('click', () => on.close());
    this.#follow.addEventListener('click', () => on.follow());
    this.#kick.addEventListener('click', () => on.kick(this.#kick));
    const facts = element('dl', {}, ...FACTS.map((name) => this.#fact(name)));
    this.#values.get('Health').after(this.#bar);
    this.#card.append(
      element('header', {}, this.#mark, element('h3', {}, this.#title), close),
      facts,
      element('footer', {}, this.#follow, this.#kick),
    );
  }

  hide() {
    this.#card.hidden = true;
  }

  /**
   * `entity` is null when the selected player has no body at present; `kind` is what the game
   * calls it, `place` where it is; `player` is its owner's row, or null.
   */
  show({ entity, kind, place, player, owner, title, isFollowed, isLive }) {
    this.#card.hidden = false;
    this.#mark.style.background = ownerInk(owner);
    setText(this.#title, title);
    this.#card.title = title;
    this.#set('Kind', entity ? `${kind} in slot ${entity.slot}` : 'Not in the world now');
    this.#set('Position', entity ? `${place.x.toFixed(0)}, ${place.y.toFixed(0)}` : '–');
    this.#set('Heading', entity ? `${degrees(place.turns)}°` : '–');
    this.#setHealth(entity?.health);
    this.#set('RTT', player ? `${integer(player.rtt_ms)} ms` : 'no owner');
    this.#set('Sent/s', player ? bytes(player.bytes_per_second) : '–');
    this.#set('Score', player ? integer(player.score) : '–');
    this.#follow.setAttribute('aria-pressed', String(isFollowed));
    this.#kick.disabled = !player || !isLive;
  }

  /** Undefined while there is no body; what has no health has -1, and no line for it. */
  #setHealth(health) {
    this.#set('Health', health >= 0 ? `${Math.round(health * 100)} %` : '–');
    this.#values.get('Health').parentElement.hidden = health < 0;
    this.#bar.firstChild.style.width = `${Math.max(health ?? 0, 0) * 100}%`;
    this.#bar.firstChild.style.background = healthInk(health);
  }

  #fact(name) {
    const value = element('dd');
    this.#values.set(name, value);
    return element('div', {}, element('dt', {}, name), value);
  }

  #set(name, text) {
    setText(this.#values.get(name), text);
  }
}

function degrees(turns) {
  return Math.round((turns - Math.floor(turns)) * 360) % 360;
}
