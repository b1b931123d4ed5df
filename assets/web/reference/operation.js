// One operation: what it takes, what it answers, and a form to try it.

import { code, element, words } from './dom.js';
import { describe, example, fields, resolve } from './schema.js';

const MAX_SHOWN_CHARS = 20_000;

export function operationId(method, path) {
  return `${method}${path.replaceAll(/[^a-z0-9]+/gi, '-')}`;
}

export function showOperation(document, method, path, operation) {
  const article = element('article', 'operation');
  article.id = operationId(method, path);
  const heading = element('h3', '', element('span', `method ${method}`, method.toUpperCase()), ' ', code(path));
  article.append(heading, words('p', operation.summary));
  if (operation.description) article.append(words('p', operation.description));
  article.append(tryIt(document, method, path, operation), answers(document, operation));
  return article;
}

function tryIt(document, method, path, operation) {
  const form = element('form', 'try');
  const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'header');
  const inputs = parameters.map((parameter) => [parameter, field(document, form, parameter)]);
  const content = operation.requestBody?.content?.['application/json'];
  const body = content && bodyField(document, form, content);
  const output = element('pre', 'output');
  output.tabIndex = 0;
  output.hidden = true;
  form.append(element('button', '', 'Try it'), output);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(address(path, inputs), method, body?.value, output);
  });
  return form;
}

function field(document, form, parameter) {
  const input = element('input');
  input.placeholder = parameter.example ?? parameter.schema?.example ?? '';
  input.required = parameter.in === 'path';
  if (parameter.in === 'path') input.value = input.placeholder;
  const about = words('span', parameter.description);
  const type = element('span', 'type', describe(document, parameter.schema));
  form.append(element('label', '', code(parameter.name), about, type, input));
  return input;
}

function bodyField(document, form, content) {
  const area = element('textarea');
  area.rows = 5;
  area.spellcheck = false;
  area.value = JSON.stringify(example(document, content.schema), null, 2);
  form.append(element('label', '', code('body'), area), fields(document, content.schema));
  return area;
}

function address(path, inputs) {
  let filled = path;
  const query = new URLSearchParams();
  for (const [parameter, input] of inputs) {
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  return query.size ? `${filled}?${query}` : filled;
}

async function send(url, method, body, output) {
  output.hidden = false;
  output.textContent = `${method.toUpperCase()} ${url}\n`;
  try {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, body });
    const text = await response.text();
    output.textContent += `${response.status}\n${pretty(text).slice(0, MAX_SHOWN_CHARS)}`;
  } catch (error) {
    output.textContent += String(error);
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function answers(document, operation) {
  const list = element('div', 'answers');
  for (const [status, answer] of Object.entries(operation.responses ?? {})) {
    const schema = answer.content?.['application/json']?.schema;
    if (!schema) continue;
    const shown = JSON.stringify(example(document, schema), null, 2);
    list.append(element('h4', '', status, ' ', words('span', answer.description)));
    if (resolve(document, schema).properties) {
      const text = element('pre', '', shown);
      // What scrolls is reached with the keyboard as well.
      text.tabIndex = 0;
      list.append(fields(document, schema), text);
    }
  }
  const errors = Object.keys(operation.responses ?? {}).filter((status) => status >= '400');
  list.append(element('p', 'errors', 'Errors: ', errors.join(', ')));
  return list;
}
