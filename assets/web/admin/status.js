// The top line: the connection in words and tone, the totals, and the refusal counts.

import { announce } from './announce.js';
import { byId, element, setText } from './dom.js';
import { clock, duration, integer } from './format.js';

/** Growth is counted over this long. */
const FRESH_MS = 10_000;

export class Status {
  #state = byId('connection-state');
  #heardAt_ms = null;
  /** For each reason its counts of the last while: `{ at_ms, count }`, oldest first. */
  #refusals = new Map();

  showState(state) {
    const [tone, words] = this.#describe(state);
    if (this.#state.dataset.tone !== tone) announce(words);
    this.#state.dataset.tone = tone;
    document.body.dataset.tone = tone;
    setText(this.#state, words);
    const retry = byId('retry');
    retry.hidden = !(state.attempt > 0);
    retry.disabled = state.name !== 'waiting';
    document.title = tone === 'live' || tone === 'idle' ? 'Perigee console' : `${words} – Perigee console`;
  }

  showVersion(version) {
    setText(byId('total-version'), version);
  }

  showStats(stats) {
    this.#heardAt_ms = Date.now();
    setText(byId('total-uptime'), duration(stats.uptime_s));
    setText(byId('total-rooms'), integer(stats.rooms.length));
    setText(byId('total-players'), integer(stats.players.length));
    setText(byId('total-connections'), integer(stats.connections));
    this.#showStore(stats.store);
    this.#showBroker(stats.mqtt ?? null);
    this.#showRefusals(stats.refusals ?? {});
  }

  /** One word while all is well; what is wrong, and what waits, when not. */
  #showStore({ ok, trouble, queue, dropped, last_flush_ms: flush_ms }) {
    const store = byId('total-store');
    setText(store, ok ? 'ok' : `${trouble}, ${integer(queue)} waiting`);
    store.classList.toggle('trouble', !ok);
    store.title = `${integer(queue)} waiting, ${integer(dropped)} dropped, last flush ${flush_ms} ms`;
  }

  /** Nothing where no broker is configured. */
  #showBroker(isConnected) {
    const broker = byId('total-mqtt');
    broker.parentElement.hidden = isConnected === null;
    setText(broker, isConnected ? 'connected' : 'not connected');
    broker.classList.toggle('trouble', isConnected === false);
  }

  #describe(state) {
    const since = this.#heardAt_ms ? `, figures from ${clock(this.#heardAt_ms)}` : '';
    switch (state.name) {
      case 'live': return ['live', 'Live'];
      case 'connecting': return ['waiting', state.attempt > 0 ? `Reconnecting, attempt ${state.attempt}${since}` : 'Connecting'];
      case 'waiting': return ['waiting', `Reconnecting in ${state.seconds} s${since}`];
      case 'silent': return ['waiting', `Server silent for ${state.seconds} s`];
      case 'unreachable': return ['down', 'Server does not answer'];
      case 'refused': return ['down', 'Login refused'];
      default: return ['idle', 'Not connected'];
    }
  }

  #showRefusals(counts) {
    const now_ms = Date.now();
    let total = 0;
    for (const [reason, count] of Object.entries(counts)) {
      total += count;
      const past = (this.#refusals.get(reason) ?? []).filter(({ at_ms }) => now_ms - at_ms <= FRESH_MS);
      this.#refusals.set(reason, [...past, { at_ms: now_ms, count }]);
    }
    setText(byId('refusals-total'), integer(total));
    const rows = Object.entries(counts).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    byId('refusals-list').replaceChildren(...rows.map(([reason, count]) =>
      refusalRow(reason, count, count - this.#refusals.get(reason)[0].count)));
  }
}

function refusalRow(reason, count, grown) {
  return element('div', {},
    element('dt', { title: reason }, reason.replaceAll('_', ' ')),
    element('dd', { className: 'grown', title: `In the last ${FRESH_MS / 1000} s` }, grown > 0 ? `+${integer(grown)}` : ''),
    element('dd', {}, integer(count)));
}
