// The rooms table: what each room costs, and its watch, pause and step buttons.

import { byId, element, setText } from './dom.js';
import { bytes, integer, milliseconds } from './format.js';
import { icon } from './icons.js';
import { Table } from './tables.js';

export class RoomsPanel {
  #table;
  #watched = null;
  #isLive = false;

  /** `watch(room)` and `run(words, anchor)` do what the buttons say. */
  constructor({ watch, run }) {
    this.#table = new Table(byId('rooms-table'), {
      keyOf: (room) => room.name,
      dress: (row, room) => this.#dress(row, room),
      held: byId('rooms-held'),
      sort: { key: 'name', direction: 1 },
      columns: [...COLUMNS, this.#actions({ watch, run })],
    });
  }

  show(rooms, { watched, isLive }) {
    this.#watched = watched;
    this.#isLive = isLive;
    setText(byId('rooms-count'), integer(rooms.length));
    this.#table.setRows(rooms);
  }

  #dress(row, room) {
    row.dataset.room = room.name;
    row.dataset.paused = String(room.paused);
    if (room.name === this.#watched) row.setAttribute('aria-current', 'true');
    else row.removeAttribute('aria-current');
  }

  #actions({ watch, run }) {
    return {
      key: 'actions',
      label: 'Actions',
      className: 'actions',
      build: (cell, row) => {
        const buttons = ['watch', 'pause', 'step'].map((name) => element('button', { type: 'button', className: name }, icon(name)));
        buttons[0].addEventListener('click', () => watch(row().name));
        buttons[1].addEventListener('click', (event) => run([row().paused ? 'resume' : 'pause', row().name], event.currentTarget));
        buttons[2].addEventListener('click', (event) => run(['step', row().name], event.currentTarget));
        cell.append(...buttons);
      },
      update: (cell, room) => this.#updateActions(cell.children, room),
    };
  }

  #updateActions([watch, pause, step], room) {
    const verb = room.paused ? 'resume' : 'pause';
    name(watch, `Watch ${room.name}`);
    name(step, room.paused ? `Step ${room.name} by one tick` : `Step ${room.name}: pause it first`);
    name(pause, `${room.paused ? 'Resume' : 'Pause'} ${room.name}`);
    watch.setAttribute('aria-pressed', String(room.name === this.#watched));
    if (pause.className !== verb) {
      pause.className = verb;
      pause.replaceChildren(icon(verb));
    }
    watch.disabled = pause.disabled = !this.#isLive;
    step.disabled = !this.#isLive || !room.paused;
  }
}

function name(button, text) {
  if (button.title === text) return;
  button.title = text;
  button.setAttribute('aria-label', text);
}

/** A tick that takes longer than its period is what an operator must see first. */
function showTickTime(cell, { tick_ms, tick_hz }) {
  setText(cell, milliseconds(tick_ms?.p99));
  cell.classList.toggle('over', tick_ms?.p99 > 1000 / tick_hz);
}

/** Anything but the usual pace is a room in trouble. */
function showPace(cell, { grade, load }) {
  setText(cell, grade ? grade.replaceAll('_', ' ') : '–');
  cell.title = Number.isFinite(load) ? `${Math.round(load * 100)} % of a tick is work` : '';
  cell.classList.toggle('over', Boolean(grade) && grade !== 'normal');
}

function pausedMark() {
  const mark = element('i', { title: 'Paused' });
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', 'paused');
  return mark;
}

const COLUMNS = [
  {
    key: 'name',
    label: 'Room',
    className: 'name',
    sortValue: (room) => room.name,
    build: (cell) => cell.append(element('bdi'), pausedMark()),
    update: (cell, room) => {
      setText(cell.firstChild, room.name);
      cell.title = room.name;
      cell.lastChild.hidden = !room.paused;
    },
  },
  { key: 'game', label: 'Game', className: 'spare', sortValue: (room) => room.game, text: (room) => room.game },
  { key: 'players', label: 'Players', className: 'number w-6', firstDirection: -1, sortValue: (room) => room.players, text: (room) => integer(room.players) },
  { key: 'bots', label: 'Bots', title: 'Bots that fill empty places; they leave when people come', className: 'number w-6 spare', firstDirection: -1, sortValue: (room) => room.bots, text: (room) => integer(room.bots) },
  { key: 'spectators', label: 'Watching', title: 'Spectators', className: 'number w-6 spare', firstDirection: -1, sortValue: (room) => room.spectators, text: (room) => integer(room.spectators) },
  { key: 'entities', label: 'Entities', className: 'number w-6 spare', firstDirection: -1, sortValue: (room) => room.entities, text: (room) => integer(room.entities) },
  { key: 'p99', label: 'p99 ms', title: '99th percentile of the tick time, in milliseconds', className: 'number w-6', firstDirection: -1, sortValue: (room) => room.tick_ms?.p99, update: showTickTime },
  { key: 'pace', label: 'Pace', title: 'How the room keeps its pace under load; normal is as configured', className: 'w-6 spare', firstDirection: -1, sortValue: (room) => room.load, update: showPace },
  { key: 'bytes', label: 'Sent/s', title: 'Bytes sent per second', className: 'number w-6 tight', firstDirection: -1, sortValue: (room) => room.bytes_per_second, text: (room) => bytes(room.bytes_per_second) },
];
