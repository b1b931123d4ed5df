// A table of thousands of rows of which only those in sight exist: sortable by its
// headers, walkable with the arrow keys, and steady under the pointer. Knows no game.

import { element, setText } from './dom.js';

const SPARE_ROWS = 6;
/** So few rows are all kept, so that the browser's own search finds them. */
const ALL_ROWS_MAX = 100;

/**
 * A column: `{ key, label, title, className, sortValue(row), text(row) }`, or with
 * `build(cell)` once and `update(cell, row)` after for cells that hold buttons.
 * A column without `sortValue` cannot be sorted by.
 */
export class Table {
  #table;
  #scroller;
  #body;
  #columns;
  #keyOf;
  #dress;
  #held;
  #rows = [];
  #order = [];
  #nodes = new Map();
  #sort;
  #headers = new Map();
  #pads = [];
  #pointerInside = false;
  #rowHeight_px = 26;

  /** `keyOf(row)` is unique; `dress(tr, row)` sets a row's attributes; `held` is shown while the order is held. */
  constructor(table, { columns, keyOf, dress, held, sort }) {
    this.#table = table;
    this.#scroller = table.parentElement;
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#dress = dress;
    this.#held = held;
    this.#sort = sort;
    this.#buildHead();
    this.#buildBody();
    this.#listen();
    this.#measure();
  }

  setRows(rows) {
    this.#rows = rows;
    this.#arrange();
    this.#render();
  }

  /** Draws again what is in sight, for changes that are not in the rows. */
  refresh() {
    this.#render();
  }

  #buildHead() {
    const cells = this.#columns.map((column) => {
      const head = element('th', { className: column.className ?? '', scope: 'col', title: column.title ?? '' });
      if (!column.sortValue) {
        head.append(element('span', { className: 'unseen' }, column.label));
        return head;
      }
      const button = element('button', { type: 'button' }, column.label);
      button.addEventListener('click', () => this.#sortBy(column));
      head.append(button);
      this.#headers.set(column.key, head);
      return head;
    });
    this.#table.append(element('thead', {}, element('tr', {}, ...cells)));
    this.#showSort();
  }

  #buildBody() {
    this.#pads = [0, 1].map(() => {
      const row = element('tr', { className: 'pad' }, element('td'));
      row.setAttribute('aria-hidden', 'true');
      return row;
    });
    this.#body = element('tbody', {}, ...this.#pads);
    this.#table.append(this.#body);
  }

  #listen() {
    this.#scroller.addEventListener('scroll', () => this.#render(), { passive: true });
    this.#body.addEventListener('pointerenter', () => { this.#pointerInside = true; });
    this.#body.addEventListener('pointerleave', () => { this.#pointerInside = false; });
    this.#body.addEventListener('keydown', (event) => this.#walk(event));
    new ResizeObserver(() => {
      this.#measure();
      this.#render();
    }).observe(this.#scroller);
  }

  #measure() {
    this.#rowHeight_px = parseFloat(getComputedStyle(this.#table).getPropertyValue('--row-px')) || this.#rowHeight_px;
  }

  #sortBy(column) {
    const turned = this.#sort.key === column.key ? -this.#sort.direction : column.firstDirection ?? 1;
    this.#sort = { key: column.key, direction: turned };
    this.#showSort();
    this.#order = this.#sorted(this.#rows);
    this.#scroller.scrollTop = 0;
    this.#render();
  }

  #showSort() {
    for (const [key, head] of this.#headers) {
      const isSorted = key === this.#sort.key;
      head.setAttribute('aria-sort', !isSorted ? 'none' : this.#sort.direction > 0 ? 'ascending' : 'descending');
    }
  }

  /** Rows that are equal in the sorted column keep the order of their keys, so nothing jitters. */
  #sorted(rows) {
    const { key, direction } = this.#sort;
    const value = this.#columns.find((column) => column.key === key).sortValue;
    return rows
      .map((row) => ({ row, value: value(row), id: this.#keyOf(row) }))
      .sort((a, b) => direction * compare(a.value, b.value) || compare(a.id, b.id))
      .map(({ row }) => row);
  }

  /** A row must not slip away from under a pointer or a key that is about to press its button. */
  #arrange() {
    const isHeld = this.#pointerInside || this.#body.querySelector(':focus-visible') !== null;
    const sorted = this.#sorted(this.#rows);
    if (!isHeld) {
      this.#order = sorted;
    } else {
      const fresh = new Map(sorted.map((row) => [this.#keyOf(row), row]));
      const kept = [];
      for (const old of this.#order) {
        const key = this.#keyOf(old);
        if (!fresh.has(key)) continue;
        kept.push(fresh.get(key));
        fresh.delete(key);
      }
      this.#order = kept.concat([...fresh.values()]);
    }
    this.#held.hidden = !isHeld || this.#order.every((row, index) => row === sorted[index]);
  }

  #render() {
    const height_px = this.#rowHeight_px;
    const total = this.#order.length;
    const [first, last] = this.#window(total);
    this.#table.setAttribute('aria-rowcount', String(total + 1));
    this.#pads[0].firstChild.style.height = `${first * height_px}px`;
    this.#pads[1].firstChild.style.height = `${(total - last) * height_px}px`;

    const shown = this.#order.slice(first, last);
    const wanted = new Set(shown.map(this.#keyOf));
    for (const [key, node] of this.#nodes) {
      if (wanted.has(key)) continue;
      if (node.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
      node.remove();
      this.#nodes.delete(key);
    }
    let place = this.#pads[0];
    shown.forEach((row, index) => {
      const node = this.#node(row);
      node.setAttribute('aria-rowindex', String(first + index + 2));
      if (place.nextSibling !== node) place.after(node);
      place = node;
    });
    this.#keepOneTabStop();
  }

  /** The first row to keep and the one after the last. */
  #window(total) {
    if (total <= ALL_ROWS_MAX) return [0, total];
    const top = Math.min(this.#scroller.scrollTop / this.#rowHeight_px, total);
    const seen = this.#scroller.clientHeight / this.#rowHeight_px;
    return [Math.max(0, Math.floor(top) - SPARE_ROWS), Math.min(total, Math.ceil(top + seen) + SPARE_ROWS)];
  }

  #node(row) {
    const key = this.#keyOf(row);
    let node = this.#nodes.get(key);
    if (!node) {
      node = element('tr', {}, ...this.#columns.map((column) => {
        const cell = element('td', { className: column.className ?? '' });
        column.build?.(cell, () => node.row);
        return cell;
      }));
      this.#nodes.set(key, node);
    }
    node.row = row;
    this.#dress(node, row);
    this.#columns.forEach((column, index) => {
      const cell = node.children[index];
      if (column.update) column.update(cell, row);
      else setText(cell, column.text(row));
    });
    return node;
  }

  /** Tab enters the rows once; inside, the arrow keys walk. */
  #keepOneTabStop() {
    const buttons = this.#body.querySelectorAll('button');
    const active = this.#body.contains(document.activeElement) ? document.activeElement : buttons[0];
    for (const button of buttons) button.tabIndex = button === active ? 0 : -1;
  }

  #walk(event) {
    const button = event.target.closest('button');
    const row = event.target.closest('tr');
    if (!button || !row) return;
    const inRow = [...row.querySelectorAll('button')];
    const at = inRow.indexOf(button);
    if (event.key === 'ArrowRight') this.#focus(inRow[at + 1]);
    else if (event.key === 'ArrowLeft') this.#focus(inRow[at - 1]);
    else if (event.key === 'ArrowDown') this.#focus(row.nextSibling.querySelectorAll('button')[at]);
    else if (event.key === 'ArrowUp') this.#focus(row.previousSibling.querySelectorAll('button')[at]);
    else return;
    event.preventDefault();
  }

  #focus(button) {
    if (!button) return;
    button.focus({ preventScroll: true });
    const row = button.closest('tr');
    const head_px = this.#body.offsetTop;
    const top_px = row.offsetTop - head_px;
    const free_px = this.#scroller.clientHeight - head_px - this.#rowHeight_px;
    if (top_px < this.#scroller.scrollTop) this.#scroller.scrollTop = top_px;
    else if (top_px > this.#scroller.scrollTop + free_px) this.#scroller.scrollTop = top_px - free_px;
    this.#keepOneTabStop();
  }
}

const byLanguage = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Words by language with numbers in them counted; a missing value comes last. */
function compare(a, b) {
  if (a === b) return 0;
  if (a === undefined || a === null) return 1;
  if (b === undefined || b === null) return -1;
  return typeof a === 'string' ? byLanguage.compare(a, b) || (a < b ? -1 : 1) : a - b;
}
