// Reads the OpenAPI document and shows it: operations by tag, and the kinds of errors.

import { code, element, words } from './dom.js';
import { operationId, showOperation } from './operation.js';

const byId = (id) => document.getElementById(id);

function operations(api) {
  const paths = Object.entries(api.paths ?? {});
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })));
}

function showTag(api, tag, all) {
  const own = all.filter(({ operation }) => operation.tags?.includes(tag.name));
  const section = element('section', '', element('h2', '', tag.description ?? tag.name));
  const links = element('ul');
  for (const { method, path, operation } of own) {
    section.append(showOperation(api, method, path, operation));
    const link = element('a', '', operation.summary ?? path);
    link.href = `#${operationId(method, path)}`;
    links.append(element('li', '', link));
  }
  byId('operations').append(section);
  byId('contents').append(links);
}

// The kinds are named in the descriptions of the errors, as "title (`name`); ...".
function showKinds(all) {
  const kinds = new Map();
  for (const { operation } of all) {
    for (const [status, answer] of Object.entries(operation.responses ?? {})) {
      if (!answer.content?.['application/problem+json']) continue;
      for (const [, title, name] of answer.description.matchAll(/([^;]+) \(`([a-z-]+)`\)/g)) {
        kinds.set(name, { status, title: title.trim() });
      }
    }
  }
  const sorted = [...kinds].sort(([, a], [, b]) => a.status - b.status);
  for (const [name, { status, title }] of sorted) {
    const term = element('dt', '', code(name));
    term.id = name;
    byId('kinds').append(term, element('dd', '', `${status}: ${title}`));
  }
  byId('problems').hidden = false;
}

async function show() {
  const response = await fetch('v1/openapi.json');
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const api = await response.json();
  byId('title').textContent = `${api.info.title} REST ${api.info.version}`;
  byId('about').replaceWith(words('p', api.info.description));
  const all = operations(api);
  for (const tag of api.tags ?? []) showTag(api, tag, all);
  showKinds(all);
  document.body.dataset.state = 'shown';
  // What the address leads to is there only now.
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

show().catch((error) => {
  byId('failure').textContent = `The document could not be shown: ${error.message}`;
  byId('failure').hidden = false;
});
