// Shows what a value may be, and makes an example of it.

import { code, element, words } from './dom.js';

const MAX_DEPTH = 6;

export function resolve(document, schema) {
  let found = schema ?? {};
  for (let depth = 0; found.$ref && depth < MAX_DEPTH; depth += 1) {
    found = found.$ref.split('/').slice(1).reduce((at, key) => at?.[key], document) ?? {};
  }
  // A value or null is shown as the value.
  const choices = found.oneOf ?? found.anyOf;
  const real = choices?.filter((choice) => choice.type !== 'null');
  return real?.length === 1 && choices.length > 1 ? resolve(document, real[0]) : found;
}

function types(schema) {
  return [schema.type ?? []].flat();
}

// In a few words: type, range, length, what is allowed.
export function describe(document, schema) {
  const found = resolve(document, schema);
  const parts = [types(found).join(' or ') || 'any'];
  if (found.enum) parts.push(found.enum.join(' | '));
  const { minimum, maximum } = found;
  if (minimum !== undefined && maximum !== undefined) parts.push(`${minimum} to ${maximum}`);
  else if (minimum !== undefined) parts.push(`at least ${minimum}`);
  if (found.maxLength !== undefined) parts.push(`at most ${found.maxLength} characters`);
  if (found.pattern) parts.push(found.pattern);
  const words = parts.join(', ');
  return types(found).includes('array') ? `${words} of ${describe(document, found.items)}` : words;
}

export function example(document, schema, depth = 0) {
  const found = resolve(document, schema);
  if (found.example !== undefined) return found.example;
  if (found.examples?.length) return found.examples[0];
  if (found.enum) return found.enum[0];
  if (depth > MAX_DEPTH) return null;
  if (types(found).includes('array')) return [example(document, found.items, depth + 1)];
  if (found.properties) {
    const entries = Object.entries(found.properties);
    return Object.fromEntries(entries.map(([key, value]) => [key, example(document, value, depth + 1)]));
  }
  if (types(found).includes('boolean')) return false;
  return types(found).includes('string') ? '' : null;
}

// The fields of an object, those of the objects in it below them.
export function fields(document, schema, depth = 0) {
  const found = resolve(document, schema);
  if (types(found).includes('array')) return fields(document, found.items, depth);
  const list = element('dl', 'fields');
  for (const [key, value] of Object.entries(found.properties ?? {})) {
    const about = resolve(document, value);
    const text = value.description ?? about.description;
    const definition = element('dd', '', element('span', 'type', describe(document, value)), words('span', text));
    list.append(element('dt', '', code(key)), definition);
    const inner = types(about).includes('array') ? resolve(document, about.items) : about;
    if (inner.properties && depth < MAX_DEPTH) definition.append(fields(document, inner, depth + 1));
  }
  return list;
}
