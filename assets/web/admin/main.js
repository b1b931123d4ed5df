// The console's wiring: which message goes to which panel, and which room is watched.

import { Charts } from './charts.js';
import { CommandLine } from './command_line.js';
import { Commands } from './commands.js';
import { confirmOnce } from './confirm.js';
import { byId } from './dom.js';
import { History } from './history.js';
import * as log from './log.js';
import * as login from './login.js';
import { WorldMap } from './map.js';
import { PlayersPanel, playerKey } from './players.js';
import { RoomsPanel } from './rooms.js';
import { AdminSocket } from './socket.js';
import { Status } from './status.js';

const WATCHED_KEY = 'perigee-admin-watched';
const EMPTY_STATS = { rooms: [], players: [], refusals: {} };

let stats = EMPTY_STATS;
let watched = sessionStorage.getItem(WATCHED_KEY);
/** A player to find as soon as the world of their room is there. */
let sought = null;
let selectedOwner = null;
/** Whether this login has been live, so that a loss of it means reconnecting. */
let wasLive = false;
let isLost = false;

const status = new Status();
const history = new History();
const charts = new Charts(history);
const socket = new AdminSocket(socketUrl(), { onMessage, onState });

const commands = new Commands({
  send: (message) => socket.send(message),
  confirm: confirmOnce,
  log,
  people: {
    findPlayer: (name) => stats.players.find((player) => player.name === name),
    findRoom: (name) => stats.rooms.find((room) => room.name === name),
  },
});
const run = (words, anchor) => commands.runWords(words, anchor);

const map = new WorldMap({
  onSelect: (owner) => {
    selectedOwner = owner;
    players.mark(selectedKey());
  },
  kick: (player, anchor) => player && run(['kick', player.name], anchor),
});
const rooms = new RoomsPanel({ watch, run });
const players = new PlayersPanel({ select: findPlayer, run });

new CommandLine(commands, (kind) => {
  if (kind === 'command') return commands.names();
  return (kind === 'player' ? stats.players : stats.rooms).map(({ name }) => name).sort();
});

const HANDLERS = {
  welcome: onWelcome,
  stats: onStats,
  world: onWorld,
  reply: (message) => commands.replied(message),
  log: ({ level, text, at_ms }) => log.add({ kind: level, text, at_ms }),
  closing: ({ reason, message }) => log.add({ kind: 'warn', text: `The server is closing (${reason}): ${message}` }),
  refused: onRefusedAlive,
};

function onMessage(message) {
  HANDLERS[message.type]?.(message);
}

function onWelcome(message) {
  login.keepSession(message.session);
  login.clearToken();
  commands.learn(message.commands);
  status.showVersion(message.version);
  log.add({ kind: 'info', text: `Connected to Perigee ${message.version}` });
  if (watched !== null) watch(watched);
}

function onStats(message) {
  stats = message;
  history.push(Date.now() / 1000, stats);
  status.showStats(stats);
  if (!stats.rooms.some((room) => room.name === watched)) watchSomething();
  show();
}

/** The busiest room is the one an operator most likely came for. */
function watchSomething() {
  const busiest = stats.rooms.reduce((best, room) => (!best || room.players > best.players ? room : best), null);
  if (busiest || watched !== null) watch(busiest?.name ?? null);
}

function onWorld(message) {
  if (message.room !== watched) return;
  map.apply(message);
  if (sought?.room === watched) {
    map.find(sought.id);
    sought = null;
  }
}

function onState(state) {
  status.showState(state);
  const { body } = document;
  if (socket.isLive) body.dataset.state = 'live';
  else if (state.name === 'waiting' || (state.name === 'connecting' && wasLive)) body.dataset.state = 'reconnecting';
  else if (state.name !== 'connecting') body.dataset.state = 'login';

  if (wasLive && !socket.isLive && !isLost) onLost(body.dataset.state);
  isLost = wasLive && !socket.isLive;
  wasLive = socket.isLive || (wasLive && body.dataset.state === 'reconnecting');

  login.showBusy(state.name === 'connecting');
  if (state.name === 'refused') onRefused(state);
  else if (state.name === 'unreachable') login.showError('The server does not answer.');
  show();
}

function onLost(view) {
  commands.forgetOpen();
  if (view === 'reconnecting') log.add({ kind: 'warn', text: 'Connection lost, reconnecting' });
}

function onRefused(state) {
  // A stale link must not lock out a tab that is logged in anyway.
  const session = login.storedSession();
  if ('code' in state.credential && session) {
    socket.login({ session });
    return;
  }
  login.forgetSession();
  login.showRefusal(state);
}

/** The server refuses to go on but the session is good; a refused login is shown in the login view. */
function onRefusedAlive({ reason, message }) {
  if (socket.isLive) log.add({ kind: 'error', text: `Refused (${reason}): ${message}` });
}

/** `room` is a name, or null for none. */
function watch(room) {
  watched = room;
  if (room === null) sessionStorage.removeItem(WATCHED_KEY);
  else sessionStorage.setItem(WATCHED_KEY, room);
  map.watch(room);
  socket.send({ type: 'watch', room });
  show();
}

function findPlayer(player) {
  if (player.room === watched) {
    map.find(player.id);
    return;
  }
  sought = player;
  watch(player.room);
}

function selectedKey() {
  return selectedOwner === null ? null : playerKey({ room: watched, id: selectedOwner });
}

function show() {
  const { isLive } = socket;
  const room = stats.rooms.find(({ name }) => name === watched);
  rooms.show(stats.rooms, { watched, isLive });
  players.show(stats.players, { selected: selectedKey(), isLive });
  map.setFacts({ room, players: stats.players.filter((player) => player.room === watched), isLive });
  charts.show(watched, room?.tick_hz);
}

function signOut() {
  login.forgetSession();
  socket.logout();
  stats = EMPTY_STATS;
  history.clear();
  map.watch(null);
  show();
}

function socketUrl() {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  // Beside this page, wherever a proxy shows it.
  const folder = location.pathname.replace(/[^/]*$/, '');
  return `${scheme}//${location.host}${folder}ws`;
}

byId('sign-out').addEventListener('click', signOut);
byId('retry').addEventListener('click', () => socket.retryNow());
login.onToken((credential) => socket.login(credential));
login.onCode((credential) => socket.login(credential));

const code = login.takeCode();
const session = login.storedSession();
if (code) socket.login({ code });
else if (session) socket.login({ session });
