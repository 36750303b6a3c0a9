/** Objects of Kubernetes in a YAML file, or in JSON as `kubectl get -o json` prints them. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, visit } from 'yaml';
import { pathText } from '../../../schemas/decode.ts';
import { type Finding, findingAt, type Place } from './finding.ts';
import { duplicateKey, locatedJson, type Reading } from './located.ts';
import {
  duplicatesIn,
  EXACTLY,
  type Keys,
  keyOffsetOf,
  nodeAt,
  offsetOf,
  type Tree,
  treeOf,
} from './nodes.ts';
import { offsetsOf } from './scalar-offsets.ts';
import type { Source } from './source.ts';
import { documentsIn, TooDeep } from './yaml-documents.ts';

export type Manifest = {
  /** The text of a scalar; undefined of anything else. */
  readonly textAt: (keys: Keys) => string | undefined;
  /** The texts of an object's scalars by their keys. */
  readonly textsAt: (keys: Keys) => Readonly<Record<string, string>>;
  readonly has: (keys: Keys) => boolean;
  readonly at: (keys: Keys) => Place;
  readonly atKey: (keys: Keys) => Place;
  /** The JSON that a scalar holds. */
  readonly jsonAt: (keys: Keys) => Reading;
};

export type Manifests = { readonly manifests: readonly Manifest[]; readonly findings: readonly Finding[] };

/** Each is looked up among all that have a name. */
const MOST_ALIASES = 100;

export function manifestsIn(source: Source): Manifests {
  try {
    const parts = documentsIn(source.text).map((document) => manifestsOf(document, source));
    return {
      manifests: parts.flatMap(({ manifests }) => manifests),
      findings: parts.flatMap(({ findings }) => findings),
    };
  } catch (cause) {
    if (!(cause instanceof TooDeep)) throw cause;
    const place = { ...source.spotOf(cause.offset), path: '' };
    return { manifests: [], findings: [findingAt(place, 'too-deep', { problem: cause.message })] };
  }
}

function manifestsOf(document: Document.Parsed, source: Source): Manifests {
  const placeOf = (offset: number, path = ''): Place => ({ ...source.spotOf(offset), path });
  const [mistake] = document.errors;
  if (mistake) {
    const problem = `This is no YAML: ${mistake.message}`;
    return { manifests: [], findings: [findingAt(placeOf(mistake.pos[0]), 'not-yaml', { problem })] };
  }
  const tree = treeOf(document, EXACTLY);
  const root = document.contents ?? undefined;
  if (aliasesIn(document) > MOST_ALIASES) {
    const problem = `The document has more than ${MOST_ALIASES} aliases`;
    return {
      manifests: [],
      findings: [findingAt(placeOf(offsetOf(tree, root, [])), 'too-many-aliases', { problem })],
    };
  }
  const findings = duplicatesIn(tree).map(({ key, offset }) => duplicateKey(placeOf(offset, key)));
  return { manifests: objectsIn(tree, root).map((object) => manifestOf(tree, object, source)), findings };
}

function aliasesIn(document: Document.Parsed): number {
  let count = 0;
  visit(document, {
    Alias: () => {
      count++;
    },
  });
  return count;
}

/** A List has objects in it, as `kubectl get -o yaml` prints them. */
function objectsIn(tree: Tree, root: Node | undefined): Node[] {
  if (!root || (isScalar(root) && root.value === null)) return [];
  const items = nodeAt(tree, root, ['items']);
  if (!textOf(nodeAt(tree, root, ['kind']))?.endsWith('List') || !isSeq(items)) return [root];
  return items.items.flatMap((_, index) => nodeAt(tree, items, [index]) ?? []);
}

const textOf = (node: unknown) => (isScalar(node) && typeof node.value === 'string' ? node.value : undefined);

function manifestOf(tree: Tree, root: Node, source: Source): Manifest {
  const placeOf = (offset: number, keys: Keys): Place => ({ ...source.spotOf(offset), path: pathText(keys) });
  const find = (keys: Keys) => nodeAt(tree, root, keys);
  return {
    textAt: (keys) => textOf(find(keys)),
    textsAt: (keys) => textsOf(tree, find(keys)),
    has: (keys) => {
      const node = find(keys);
      return node !== undefined && !(isScalar(node) && node.value === null);
    },
    at: (keys) => placeOf(offsetOf(tree, root, keys), keys),
    atKey: (keys) => placeOf(keyOffsetOf(tree, root, keys), keys),
    jsonAt: (keys) => jsonOf(find(keys) as Scalar<string>, source),
  };
}

function textsOf(tree: Tree, node: Node | undefined): Record<string, string> {
  if (!isMap(node)) return {};
  const entries = node.items.flatMap(({ key, value }) => {
    const text = textOf(isAlias(value) ? value.resolve(tree.document) : value);
    return isScalar(key) && text !== undefined ? [[String(key.value), text] as const] : [];
  });
  return Object.fromEntries(entries);
}

function jsonOf(scalar: Scalar<string>, source: Source): Reading {
  const offsets = offsetsOf(scalar, source.text);
  return locatedJson({ text: scalar.value, spotOf: (offset) => source.spotOf(offsets[offset] ?? 0) });
}
