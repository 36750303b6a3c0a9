/** What a runtime may pass only if the configuration declares that the plugin can take it. */
import { type Json, valueAt } from '../../../schemas/decode.ts';
import { CAPABILITIES, RUNTIME_CONFIG } from '../../../schemas/key-names.ts';
import { nearestOf } from '../../../schemas/unknown-keys.ts';
import type { Sent } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import { isObject } from './located.ts';

const KEY = 'capabilities';

export function capabilityLints(sent: Sent): Finding[] {
  return [...unreadable(sent), ...misspelt(sent), ...undeclared(sent)];
}

/** Names count as they are written: libcni compares them so. */
export function declares(json: Json, capability: string): boolean {
  const declared = valueAt(json, [KEY]);
  return isObject(declared) && declared[capability] === true;
}

/** libcni reads true and false alone, and refuses the whole configuration otherwise. */
function unreadable({ json, at }: Sent): Finding[] {
  const declared = valueAt(json, [KEY]) ?? undefined;
  if (declared === undefined) return [];
  const wrong = isObject(declared)
    ? Object.keys(declared).flatMap((name) => (isFlag(declared[name]) ? [] : [[KEY, name]]))
    : [[KEY]];
  return wrong.map((keys) => {
    const problem = `${keys.join('.')}: runtimes read ${keys.length > 1 ? 'true or false' : 'an object of true and false'} there, and refuse anything else`;
    return findingAt(at(keys), 'capability-is-no-flag', {
      problem,
      remedy: 'Write { "mac": true }, for instance',
    });
  });
}

const isFlag = (value: unknown) => value === null || typeof value === 'boolean';

function misspelt({ json, atKey }: Sent): Finding[] {
  const declared = valueAt(json, [KEY]);
  if (!isObject(declared)) return [];
  return Object.keys(declared).flatMap((name) => {
    const nearest = CAPABILITIES.includes(name) ? undefined : nearestOf(name, CAPABILITIES);
    if (nearest === undefined) return [];
    const problem = `No runtime passes "${name}": is "${nearest}" meant?`;
    return [findingAt(atKey([KEY, name]), 'unknown-capability', { problem })];
  });
}

/** Somebody has seen what a runtime passes, and has written it down by hand. */
function undeclared({ json, atKey }: Sent): Finding[] {
  const passed = valueAt(json, [RUNTIME_CONFIG]);
  if (!isObject(passed)) return [];
  const given = CAPABILITIES.filter(
    (name) => (valueAt(passed, [name]) ?? '') !== '' && !declares(json, name),
  );
  return given.map((name) => {
    const problem = `"${name}" is the same for every pod here: runtimes pass their own to a plugin that declares the capability`;
    const remedy = `Add "${KEY}": { "${name}": true }, and let the runtime write ${RUNTIME_CONFIG}`;
    return findingAt(atKey([RUNTIME_CONFIG, name]), 'missing-capability', { problem, remedy });
  });
}
