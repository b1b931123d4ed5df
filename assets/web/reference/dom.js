// Makes elements. Text is always text: nothing that the document says becomes markup.

export function element(tag, className = '', ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

export function code(text) {
  return element('code', '', String(text));
}

// Backquotes in a description are code.
export function words(tag, text) {
  const made = element(tag);
  String(text ?? '').split('`').forEach((part, index) => {
    if (part) made.append(index % 2 ? code(part) : part);
  });
  return made;
}
