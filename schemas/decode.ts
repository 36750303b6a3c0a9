/** From JSON to a word: matches keys as Go programs do, and reports every problem at once. */
import * as z from 'zod/mini';
import { CniError, type Fault, type Problem } from './fault.ts';
import { shortened } from './shortened.ts';

type AnySchema = z.core.$ZodType;

/** A JSON object as it came, its keys in whatever spelling. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The value in the schema's spelling: keys match case-insensitively (Go's decoder does, and go-cni sends structs
 * without tags), the last of several wins, null is absent, and so is the empty text for a key that may be absent
 * (go-cni and podman send it for what is not set). Of a union, at most one member may be an object, and one a list.
 */
function inSpellingOf(schema: AnySchema, value: unknown): unknown {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'optional' || def.type === 'default' || def.type === 'catch') {
    return inSpellingOf(def.innerType, value);
  }
  if (def.type === 'pipe') return inSpellingOf(def.in, value);
  if (def.type === 'union') {
    return def.options.reduce<unknown>((spelt, option) => inSpellingOf(option, spelt), value);
  }
  if (def.type === 'array' && Array.isArray(value)) {
    return value.map((item) => inSpellingOf(def.element, item));
  }
  if (def.type !== 'object' || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  const spelling = new Map(Object.keys(def.shape).map((key) => [key.toLowerCase(), key]));
  const respelled = Object.entries(value).flatMap(([key, item]) => {
    const known = spelling.get(key.toLowerCase());
    const inner = known === undefined ? undefined : def.shape[known];
    if (!inner || item === null || (item === '' && inner._zod.optin === 'optional')) return [];
    return [[known, inSpellingOf(inner, item)]];
  });
  return Object.fromEntries(respelled);
}

/** The value at a path of keys, matched as above; undefined if there is none. */
export function valueAt(value: unknown, path: readonly string[]): unknown {
  const [wanted, ...rest] = path;
  if (wanted === undefined) return value;
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found = entries.findLast(([key]) => key.toLowerCase() === wanted.toLowerCase());
  return found && valueAt(found[1], rest);
}

const MAX_SHOWN = 80;

/** A value that came instead of what was expected, for a sentence. */
export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : shortened(JSON.stringify(value), MAX_SHOWN);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
}

export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, depth) => (typeof key === 'number' ? `[${key}]` : `${depth ? '.' : ''}${String(key)}`))
    .join('');
}

/** Of a union: the problems within the member that the value was meant for, which is the one of its kind. */
function issuesWithin(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  const members = issue.code === 'invalid_union' ? issue.errors : [];
  const meant = members.find((issues) => issues.every(({ path }) => path.length > 0));
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

export function problemsOf(issues: readonly z.core.$ZodIssue[], value: unknown): Problem[] {
  return issues
    .flatMap(issuesWithin)
    .map(({ path, message }) => ({ path: pathText(path), expected: message, got: shown(at(value, path)) }));
}

/** The schema's output; a CniError of the given fault with all problems, one after another, otherwise. */
export function decode<Schema extends AnySchema>(
  schema: Schema,
  value: unknown,
  fault: Fault,
): z.output<Schema> {
  const respelled = inSpellingOf(schema, value);
  const parsed = parsedBy(schema, respelled);
  if (parsed === undefined) throw CniError.of(fault, [UNCOUNTED]);
  if (parsed.success) return parsed.data;
  throw CniError.of(fault, problemsOf(parsed.error.issues, respelled));
}

const UNCOUNTED: Problem = {
  path: '',
  expected: 'lists of proper values',
  got: 'more wrong ones than can be named',
};

/** Undefined if so much is wrong that zod, which passes all issues of a list to one call, exhausts the stack. */
function parsedBy<Schema extends AnySchema>(schema: Schema, value: unknown) {
  try {
    return z.safeParse(schema, value);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
