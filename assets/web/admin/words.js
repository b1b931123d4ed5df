// The grammar of a command line: words split by spaces; a word with spaces or quotes
// stands in double quotes, with \" and \\ inside them.

/** Words with where they start and end in the line; the last may be unfinished. */
export function splitWords(line) {
  const words = [];
  let at = 0;
  while (at < line.length) {
    if (line[at] === ' ') {
      at += 1;
      continue;
    }
    const word = readWord(line, at);
    words.push(word);
    at = word.end;
  }
  return words;
}

function readWord(line, start) {
  let at = start;
  let text = '';
  if (line[at] !== '"') {
    while (at < line.length && line[at] !== ' ') at += 1;
    return { text: line.slice(start, at), start, end: at };
  }
  at += 1;
  while (at < line.length && line[at] !== '"') {
    if (line[at] === '\\' && at + 1 < line.length) at += 1;
    text += line[at];
    at += 1;
  }
  return { text, start, end: Math.min(line.length, at + 1) };
}

/** The word as it must be typed to be read as one. */
export function quoteWord(text) {
  if (text !== '' && !/[\s"]/.test(text)) return text;
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
