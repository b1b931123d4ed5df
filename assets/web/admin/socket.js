// The admin WebSocket: login handshake, silence detection, reconnection with backoff.
// Knows nothing of the page; it reports through two callbacks.

const HANDSHAKE_LIMIT_MS = 8_000;
const SILENCE_SHOWN_MS = 3_000;
const SILENCE_LIMIT_MS = 15_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_LAST_MS = 10_000;
/** A connection that lived this long shows that the server is well, so backoff starts over. */
const PROVEN_AFTER_MS = 5_000;

/** After these another try with the same credential is useless. */
const FINAL_REFUSALS = new Set(['wrong_token', 'expired_code', 'expired_session', 'too_many_attempts', 'not_logged_in']);

export class AdminSocket {
  #url;
  #onMessage;
  #onState;
  #socket = null;
  #credential = null;
  #state = { name: 'idle' };
  #attempt = 0;
  #retryAt_ms = 0;
  #heardAt_ms = 0;
  #openedAt_ms = 0;
  #liveSince_ms = 0;

  /**
   * `onState` gets `{ name }`, one of: idle, connecting, live, silent (`seconds`),
   * waiting (`seconds`, `attempt`), refused (`reason`, `message`, `credential`), unreachable.
   */
  constructor(url, { onMessage, onState }) {
    this.#url = url;
    this.#onMessage = onMessage;
    this.#onState = onState;
    setInterval(() => this.#watchClock(), 500);
    // A line that was just mended may fail once more before it carries anything: the waits start over.
    addEventListener('online', () => {
      this.#attempt = 0;
      this.retryNow();
    });
  }

  /** `credential` is `{ token }`, `{ code }` or `{ session }`. */
  login(credential) {
    this.#credential = credential;
    this.#attempt = 0;
    this.#open();
  }

  logout() {
    this.#drop();
    this.#credential = null;
    this.#report({ name: 'idle' });
  }

  retryNow() {
    if (this.#state.name === 'waiting') this.#open();
  }

  get isLive() {
    return this.#state.name === 'live' || this.#state.name === 'silent';
  }

  /** False when the message was not sent, because the operator is not logged in. */
  send(message) {
    if (!this.isLive) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #open() {
    this.#drop();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#openedAt_ms = performance.now();
    this.#report({ name: 'connecting', attempt: this.#attempt });
    socket.onopen = () => socket.send(JSON.stringify({ type: 'login', ...this.#credential }));
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
  }

  #receive(text) {
    this.#heardAt_ms = performance.now();
    const message = JSON.parse(text);
    if (message.type === 'welcome') {
      this.#credential = { session: message.session };
      this.#liveSince_ms = this.#heardAt_ms;
      this.#report({ name: 'live' });
    } else if (message.type === 'refused') {
      this.#refused(message);
    } else if (this.#state.name === 'silent') {
      this.#report({ name: 'live' });
    }
    this.#onMessage(message);
  }

  #refused({ reason, message }) {
    const credential = this.#credential;
    if (!FINAL_REFUSALS.has(reason) && credential.session) return;
    this.#drop();
    this.#credential = null;
    this.#report({ name: 'refused', reason, message, credential });
  }

  #lost() {
    const wasProven = this.isLive && performance.now() - this.#liveSince_ms > PROVEN_AFTER_MS;
    this.#drop();
    if (!this.#credential?.session) {
      this.#report({ name: 'unreachable' });
      return;
    }
    if (wasProven) this.#attempt = 0;
    this.#attempt += 1;
    const ceiling_ms = Math.min(BACKOFF_LAST_MS, BACKOFF_FIRST_MS * 2 ** (this.#attempt - 1));
    // Half of the wait is random, so that many consoles do not knock at once.
    const wait_ms = ceiling_ms * (0.5 + Math.random() / 2);
    this.#retryAt_ms = performance.now() + wait_ms;
    this.#report({ name: 'waiting', attempt: this.#attempt, seconds: Math.ceil(wait_ms / 1000) });
  }

  #watchClock() {
    const now_ms = performance.now();
    switch (this.#state.name) {
      case 'connecting':
        if (now_ms - this.#openedAt_ms > HANDSHAKE_LIMIT_MS) this.#lost();
        break;
      case 'waiting':
        if (now_ms >= this.#retryAt_ms) this.#open();
        else this.#report({ ...this.#state, seconds: Math.ceil((this.#retryAt_ms - now_ms) / 1000) });
        break;
      case 'live':
      case 'silent': {
        const silent_ms = now_ms - this.#heardAt_ms;
        if (silent_ms > SILENCE_LIMIT_MS) this.#lost();
        else if (silent_ms > SILENCE_SHOWN_MS) this.#report({ name: 'silent', seconds: Math.floor(silent_ms / 1000) });
        break;
      }
    }
  }

  /** Lets go of the socket at once; a dead link may take minutes to report its close. */
  #drop() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #report(state) {
    this.#state = state;
    this.#onState(state);
  }
}
