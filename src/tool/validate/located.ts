/** JSON, and the place of everything in it. */
import { parseDocument } from 'yaml';
import { type Json, pathText } from '../../../schemas/decode.ts';
import { isTooDeep, MAX_DEPTH } from '../../cni/request.ts';
import { type Finding, findingAt, type Place, type Spot } from './finding.ts';
import { jsonMistakeIn } from './json-mistake.ts';
import { duplicatesIn, IN_ANY_CASE, type Keys, keyOffsetOf, offsetOf, treeOf } from './nodes.ts';

export type Located = {
  readonly json: unknown;
  /** Of the value at the keys, or of the nearest thing around it that is there. */
  readonly at: (keys: Keys) => Place;
  /** Of the last of the keys. */
  readonly atKey: (keys: Keys) => Place;
};

/** A text, and where in the file each of its characters stands. */
export type Text = { readonly text: string; readonly spotOf: (offset: number) => Spot };

/** Undefined if the text is no JSON, or nested too deep to be walked through; then a finding tells why. */
export type Reading = { readonly located: Located | undefined; readonly findings: readonly Finding[] };

export function locatedJson({ text, spotOf }: Text): Reading {
  const placeOf = (offset: number, path = ''): Place => ({ ...spotOf(offset), path });
  const refused = (offset: number, rule: 'not-json' | 'too-deep', problem: string): Reading => ({
    located: undefined,
    findings: [findingAt(placeOf(offset), rule, { problem })],
  });
  const mistake = jsonMistakeIn(text);
  if (mistake) return refused(mistake.offset, 'not-json', `This is no JSON: ${mistake.reason}`);
  const json: unknown = JSON.parse(text);
  if (isObject(json) && isTooDeep(json)) {
    return refused(0, 'too-deep', `The JSON is nested more than ${MAX_DEPTH} levels deep`);
  }
  // JSON is YAML; all that is asked of this tree is keys and offsets.
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent' });
  const tree = treeOf(document, IN_ANY_CASE);
  const root = document.contents ?? undefined;
  return {
    located: {
      json,
      at: (keys) => placeOf(offsetOf(tree, root, keys), pathText(keys)),
      atKey: (keys) => placeOf(keyOffsetOf(tree, root, keys), pathText(keys)),
    },
    findings: duplicatesIn(tree).map(({ key, offset }) => duplicateKey(placeOf(offset, key))),
  };
}

export function duplicateKey(place: Place): Finding {
  const problem = `The key ${JSON.stringify(place.path)} is there twice: the last one counts`;
  return findingAt(place, 'duplicate-key', { problem });
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
