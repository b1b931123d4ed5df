// The login view, and the credentials: a typed token, a one-time code in the address,
// or the session that an earlier login left in this tab.

import { byId, setText } from './dom.js';

const SESSION_KEY = 'perigee-admin-session';

const input = byId('login-token');
const button = byId('login-button');
const error = byId('login-error');

const EXPLAINED = {
  wrong_token: 'This token is not the server\'s.',
  expired_code: 'This link was used before or is too old. Enter the token.',
  expired_session: 'The session has ended. Enter the token again.',
  too_many_attempts: 'Too many attempts. Wait a little, then try again.',
};

export function onToken(login) {
  byId('login-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const token = input.value.trim();
    if (token === '') {
      showError('Enter the token first.');
      return;
    }
    login({ token });
  });
}

/** Calls `login` for a link that is opened in this tab while the page is already there. */
export function onCode(login) {
  addEventListener('hashchange', () => {
    const code = takeCode();
    if (code) login({ code });
  });
}

/** The code of a one-time link, taken out of the address so that it is not kept or shared. */
export function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get('code');
  if (code) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

export function storedSession() {
  return sessionStorage.getItem(SESSION_KEY);
}

export function keepSession(session) {
  sessionStorage.setItem(SESSION_KEY, session);
}

export function forgetSession() {
  sessionStorage.removeItem(SESSION_KEY);
}

export function showBusy(isBusy) {
  button.disabled = isBusy;
  setText(button, isBusy ? 'Opening' : 'Open console');
  if (isBusy) setText(error, '');
}

/** The server's own words come first: only it knows, say, how long to wait. */
export function showRefusal({ reason, message }) {
  showError(message || EXPLAINED[reason] || reason);
}

export function showError(text) {
  showBusy(false);
  setText(error, text);
  input.focus();
  input.select();
}

export function clearToken() {
  input.value = '';
}
