// What Tab offers for a line: pure, so that it can be reasoned about without a page.

import { quoteWord, splitWords } from './words.js';

/**
 * The word under the caret and what it may become.
 * `source(words, index)` gives the names that may stand at that place.
 */
export function complete(line, caret, source) {
  const head = line.slice(0, caret);
  const words = splitWords(head);
  const last = words.at(-1);
  const inWord = last !== undefined && last.end === head.length && !isClosed(head, last);
  const index = inWord ? words.length - 1 : words.length;
  const start = inWord ? last.start : head.length;
  const typed = inWord ? last.text.toLowerCase() : '';
  const options = rank(source(words, index), typed).map(quoteWord);
  return { start, end: caret, options };
}

function isClosed(head, word) {
  return head[word.start] === '"' && word.end - word.start > 1 && head.endsWith('"');
}

/** Names that start with what was typed, then names that hold it. */
function rank(names, typed) {
  const starts = [];
  const holds = [];
  for (const name of names) {
    const at = name.toLowerCase().indexOf(typed);
    if (at === 0) starts.push(name);
    else if (at > 0) holds.push(name);
  }
  return starts.concat(holds);
}
