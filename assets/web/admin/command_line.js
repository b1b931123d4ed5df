// The command line: history on the up and down keys, completion on Tab, and a hint of
// what the typed command expects.

import { complete } from './completion.js';
import { byId, element, setText } from './dom.js';
import { splitWords } from './words.js';

const HISTORY_MAX = 100;
const OPTIONS_SHOWN_MAX = 8;
const HISTORY_KEY = 'perigee-admin-history';

export class CommandLine {
  #input = byId('command-line');
  #list = byId('completions');
  #hint = byId('command-hint');
  #commands;
  #source;
  #history = JSON.parse(sessionStorage.getItem(HISTORY_KEY) ?? '[]');
  #historyAt = this.#history.length;
  #draft = '';
  /** While Tab cycles: the line as typed, its options, and which one is shown. */
  #cycle = null;

  /** `names(kind)` lists what may stand for a 'command', 'player' or 'room'. */
  constructor(commands, names) {
    this.#commands = commands;
    this.#source = (words, index) => {
      const kind = commands.kindAt(words, index);
      return kind ? names(kind) : [];
    };
    byId('command-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#input.addEventListener('keydown', (event) => this.#key(event));
    this.#input.addEventListener('input', () => this.#edited());
    this.#input.addEventListener('blur', () => this.#endCycle());
    document.addEventListener('keydown', (event) => this.#shortcut(event));
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === 'Tab') this.#tab(event);
    else if (event.key === 'ArrowUp') this.#recall(event, -1);
    else if (event.key === 'ArrowDown') this.#recall(event, 1);
    else if (event.key === 'Escape') this.#escape();
  }

  async #submit() {
    const line = this.#input.value.trim();
    if (line === '') return;
    this.#endCycle();
    const sent = await this.#commands.run(line, this.#input);
    if (!sent) return;
    if (this.#input.value.trim() === line) this.#input.value = '';
    this.#remember(line);
    this.#edited();
  }

  #remember(line) {
    if (this.#history.at(-1) !== line) this.#history.push(line);
    this.#history = this.#history.slice(-HISTORY_MAX);
    this.#historyAt = this.#history.length;
    this.#draft = '';
    sessionStorage.setItem(HISTORY_KEY, JSON.stringify(this.#history));
  }

  #recall(event, step) {
    event.preventDefault();
    const at = this.#historyAt + step;
    if (at < 0 || at > this.#history.length) return;
    if (this.#historyAt === this.#history.length) this.#draft = this.#input.value;
    this.#historyAt = at;
    this.#set(at === this.#history.length ? this.#draft : this.#history[at]);
    this.#edited();
  }

  #tab(event) {
    const step = event.shiftKey ? -1 : 1;
    if (!this.#cycle) {
      const found = complete(this.#input.value, this.#input.selectionStart, this.#source);
      // Nothing typed or nothing known: Tab keeps its usual meaning, so the focus is never trapped here.
      if (this.#input.value === '' || found.options.length === 0) return;
      this.#cycle = { ...found, line: this.#input.value, at: step > 0 ? -1 : 0 };
    }
    event.preventDefault();
    const { options } = this.#cycle;
    this.#choose((this.#cycle.at + step + options.length) % options.length);
    if (options.length === 1) this.#endCycle();
  }

  #choose(at) {
    const { line, start, end, options } = this.#cycle;
    this.#cycle.at = at;
    const tail = line.slice(end) || ' ';
    this.#set(line.slice(0, start) + options[at] + tail, start + options[at].length + (line.slice(end) ? 0 : 1));
    this.#showOptions();
    this.#showHint();
  }

  #showOptions() {
    const { options, at } = this.#cycle;
    const first = Math.max(0, Math.min(at - OPTIONS_SHOWN_MAX + 1, options.length - OPTIONS_SHOWN_MAX));
    const shown = options.slice(first, first + OPTIONS_SHOWN_MAX).map((option, index) => this.#optionNode(option, first + index));
    if (options.length > OPTIONS_SHOWN_MAX) shown.push(element('li', { className: 'more' }, `${at + 1} of ${options.length}`));
    this.#list.replaceChildren(...shown);
    this.#list.hidden = options.length < 2;
    this.#input.setAttribute('aria-expanded', String(!this.#list.hidden));
    this.#input.setAttribute('aria-activedescendant', `completion-${at}`);
  }

  #optionNode(option, index) {
    const node = element('li', { id: `completion-${index}` }, element('bdi', {}, option));
    node.setAttribute('role', 'option');
    node.setAttribute('aria-selected', String(index === this.#cycle.at));
    node.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.#choose(index);
      this.#endCycle();
    });
    return node;
  }

  #escape() {
    if (!this.#cycle) {
      this.#set('');
    } else {
      this.#set(this.#cycle.line, this.#cycle.end);
    }
    this.#edited();
  }

  #edited() {
    this.#endCycle();
    this.#showHint();
  }

  #endCycle() {
    this.#cycle = null;
    this.#list.hidden = true;
    this.#input.setAttribute('aria-expanded', 'false');
    this.#input.removeAttribute('aria-activedescendant');
  }

  #showHint() {
    const name = splitWords(this.#input.value)[0]?.text;
    const command = this.#commands.find(name);
    setText(this.#hint, command ? `${command.usage}: ${command.help}` : '');
  }

  #set(text, caret = text.length) {
    this.#input.value = text;
    this.#input.setSelectionRange(caret, caret);
  }

  /** A slash anywhere outside a field comes here. */
  #shortcut(event) {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, [role=alertdialog]') || document.body.dataset.state === 'login') return;
    event.preventDefault();
    this.#input.focus();
  }
}
