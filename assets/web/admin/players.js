// The players table, its filter, and the kick button of each row.

import { byId, element, setText } from './dom.js';
import { bytes, integer, plain } from './format.js';
import { Table } from './tables.js';

export class PlayersPanel {
  #table;
  #filter = byId('players-filter');
  #players = [];
  #selected = null;
  #isLive = false;

  /** `select(player)` finds the player on the map; `run(words, anchor)` sends a command. */
  constructor({ select, run }) {
    this.#table = new Table(byId('players-table'), {
      keyOf: playerKey,
      dress: (row, player) => this.#dress(row, player),
      held: byId('players-held'),
      sort: { key: 'name', direction: 1 },
      columns: [this.#nameColumn(select), ...COLUMNS, this.#kickColumn(run)],
    });
    this.#filter.addEventListener('input', () => this.#showFiltered());
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.#filter.value = '';
      this.#showFiltered();
    });
  }

  show(players, { selected, isLive }) {
    this.#players = players;
    this.#selected = selected;
    this.#isLive = isLive;
    this.#showFiltered();
  }

  /** `selected` is a `playerKey`, or null. */
  mark(selected) {
    this.#selected = selected;
    this.#table.refresh();
  }

  #showFiltered() {
    const wanted = this.#filter.value.trim().toLowerCase();
    const shown = wanted === '' ? this.#players : this.#players.filter(({ name, room }) =>
      name.toLowerCase().includes(wanted) || room.toLowerCase().includes(wanted));
    const all = integer(this.#players.length);
    setText(byId('players-count'), wanted === '' ? all : `${integer(shown.length)} of ${all}`);
    this.#table.setRows(shown);
  }

  #dress(row, player) {
    row.dataset.player = player.name;
    if (playerKey(player) === this.#selected) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }

  #nameColumn(select) {
    return {
      key: 'name',
      label: 'Player',
      className: 'name',
      sortValue: (player) => player.name,
      build: (cell, row) => {
        const button = element('button', { type: 'button', className: 'locate' }, element('bdi'));
        button.addEventListener('click', () => select(row()));
        cell.append(button);
      },
      update: (cell, player) => {
        const name = plain(player.name);
        setText(cell.firstChild.firstChild, name);
        cell.firstChild.title = `Find ${name} on the map`;
      },
    };
  }

  #kickColumn(run) {
    return {
      key: 'kick',
      label: 'Kick',
      className: 'actions kick-column',
      build: (cell, row) => {
        const button = element('button', { type: 'button', className: 'kick' }, 'Kick');
        button.addEventListener('click', () => run(['kick', row().name], button));
        cell.append(button);
      },
      update: (cell, player) => {
        cell.firstChild.setAttribute('aria-label', `Kick ${plain(player.name)}`);
        cell.firstChild.disabled = !this.#isLive;
      },
    };
  }
}

/** Ids are given out by each room, so the room is part of a player's key. */
export function playerKey({ room, id }) {
  return `${room} ${id}`;
}

/** Whole where it fits; where it does not, the tooltip has it. */
function showRoom(cell, { room }) {
  setText(cell, room);
  cell.title = room;
}

const COLUMNS = [
  { key: 'room', label: 'Room', className: 'room', sortValue: (player) => player.room, update: showRoom },
  { key: 'team', label: 'Team', className: 'spare', sortValue: (player) => player.team ?? '', text: (player) => player.team ?? '–' },
  { key: 'rtt', label: 'RTT', title: 'Round trip time, in milliseconds', className: 'number w-4', firstDirection: -1, sortValue: (player) => player.rtt_ms, text: (player) => integer(player.rtt_ms) },
  { key: 'buffered', label: 'Buf', title: 'Input commands waiting in the jitter buffer', className: 'number w-4 spare', firstDirection: -1, sortValue: (player) => player.buffered_inputs, text: (player) => player.buffered_inputs?.toFixed(1) ?? '–' },
  { key: 'age', label: 'Age', title: 'Age of what this player knows of an entity: 99th percentile, in milliseconds', className: 'number w-4 spare', firstDirection: -1, sortValue: (player) => player.staleness_p99_ms, text: (player) => (player.absent ? 'away' : integer(player.staleness_p99_ms)) },
  { key: 'bytes', label: 'Sent/s', title: 'Bytes sent to this player per second', className: 'number w-6', firstDirection: -1, sortValue: (player) => player.bytes_per_second, text: (player) => bytes(player.bytes_per_second) },
  { key: 'score', label: 'Score', className: 'number w-5 tight', firstDirection: -1, sortValue: (player) => player.score, text: (player) => integer(player.score) },
];
