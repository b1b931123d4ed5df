// Numbers and times as text. Every form has a steady width, so that a changing
// number does not move its neighbours.

const NONE = '–';
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

export function integer(value) {
  return Number.isFinite(value) ? grouped.format(value) : NONE;
}

/** Milliseconds with three significant figures: 0.82, 12.4, 180. */
export function milliseconds(value) {
  if (!Number.isFinite(value)) return NONE;
  if (value < 9.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : grouped.format(value);
}

/** Bytes in decimal units: 640 B, 1.2 kB, 34 kB, 1.2 MB. */
export function bytes(value) {
  if (!Number.isFinite(value)) return NONE;
  const units = ['B', 'kB', 'MB', 'GB'];
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Seconds as 04:12:09, or 3 d 04:12:09. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NONE;
  const whole = Math.floor(seconds);
  const days = Math.floor(whole / 86400);
  const clock = [Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60].map(two).join(':');
  return days > 0 ? `${days} d ${clock}` : clock;
}

/** Local wall clock of a Unix time in milliseconds. */
export function clock(at_ms) {
  const at = new Date(at_ms);
  if (Number.isNaN(at.getTime())) return '--:--:--';
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/**
 * Invisible characters, as the server's `text::invisible` has it: controls, characters that turn the reading direction or
 * take no room, what is private or unassigned, and the blank letters that Unicode counts among the visible.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\ufffc]/gu;
/** Line breaks and tabs; what joins the parts of one symbol or asks for its coloured form; signs that span digits. */
const SHOWN = /[\n\t\u200c\u200d\ufe0f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;

/** Text with its tricks laid bare: what is invisible becomes a visible mark. */
export function plain(text) {
  return text.replace(UNSEEN, (c) => (SHOWN.test(c) ? c : '\ufffd'));
}

function two(value) {
  return String(value).padStart(2, '0');
}
