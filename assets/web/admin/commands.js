// What may be typed: the commands the server announced, what each argument means,
// and how a destructive one is put into words. Sends them and remembers the open ones.

import { quoteWord, splitWords } from './words.js';

export class Commands {
  #send;
  #confirm;
  #log;
  #people;
  #known = new Map();
  #open = new Map();
  #nextId = 1;

  /**
   * `send(message)` is false when not connected; `confirm(question)` resolves to a boolean;
   * `people` answers `findPlayer(name)`, `findRoom(name)`.
   */
  constructor({ send, confirm, log, people }) {
    this.#send = send;
    this.#confirm = confirm;
    this.#log = log;
    this.#people = people;
  }

  learn(commands) {
    this.#known = new Map(commands.map((command) => [command.name, command]));
  }

  names() {
    return [...this.#known.keys()].sort();
  }

  find(name) {
    return this.#known.get(name);
  }

  /** Which kind of word stands at this place: 'command', 'player', 'room' or null. */
  kindAt(words, index) {
    if (index === 0) return 'command';
    const usage = this.#known.get(words[0]?.text)?.usage ?? '';
    const placeholder = usage.split(' ')[index] ?? '';
    if (placeholder.includes('NAME')) return 'player';
    return placeholder.includes('ROOM') ? 'room' : null;
  }

  /** Asks first if the command destroys something. Resolves to whether it was sent. */
  async run(line, anchor) {
    const words = splitWords(line).map((word) => word.text);
    if (this.#known.get(words[0])?.destructive) {
      const agreed = await this.#confirm({ ...this.#question(words), anchor });
      if (!agreed) return false;
    }
    return this.#submit(line);
  }

  runWords(words, anchor) {
    return this.run(words.map(quoteWord).join(' '), anchor);
  }

  replied({ id, ok, text }) {
    this.#open.delete(id);
    this.#log.add({ kind: ok ? 'reply' : 'failed', text: text || (ok ? 'done' : 'failed') });
  }

  /** The connection is gone, and with it every answer still owed. */
  forgetOpen() {
    for (const line of this.#open.values()) {
      this.#log.add({ kind: 'failed', text: `No answer to "${line}": the connection was lost` });
    }
    this.#open.clear();
  }

  #submit(line) {
    const id = this.#nextId;
    if (!this.#send({ type: 'command', id, line })) {
      this.#log.add({ kind: 'failed', text: `Not sent, no connection: ${line}` });
      return false;
    }
    this.#nextId += 1;
    this.#open.set(id, line);
    this.#log.add({ kind: 'command', text: line });
    return true;
  }

  #question([name, object, ...rest]) {
    const verb = name[0].toUpperCase() + name.slice(1);
    if (this.kindAt([{ text: name }], 1) === 'player') {
      const player = this.#people.findPlayer(object);
      const where = player ? `In ${player.room}, score ${player.score}.` : 'No player of this name is listed.';
      return { verb, object, detail: rest.length ? `${where} Reason: ${rest.join(' ')}` : where };
    }
    if (this.kindAt([{ text: name }], 1) === 'room') {
      const room = this.#people.findRoom(object);
      const detail = room ? `${room.players} ${room.players === 1 ? 'player is' : 'players are'} in it.` : 'No room of this name is listed.';
      return { verb, object, detail };
    }
    return { verb, object: [object, ...rest].filter(Boolean).join(' '), detail: this.#known.get(name).help };
  }
}
