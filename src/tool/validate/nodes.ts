/** Where in a YAML or JSON text something is. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from 'yaml';

export type Key = string | number;
export type Keys = readonly Key[];

/** `ipam.ranges[0][1].subnet`, as problems name a key. */
export function keysOf(path: string): Key[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key = '']) =>
    index === undefined ? key : Number(index),
  );
}

/** What keys that are the same one have in common. */
type Spelling = (key: string) => string;

/** Manifests. */
export const EXACTLY: Spelling = (key) => key;
/** Network configurations: as Go programs match keys. */
export const IN_ANY_CASE: Spelling = (key) => key.toLowerCase();

/** A value, and its key if it is in an object. */
type Found = { readonly node: Node | undefined; readonly key: Node | undefined };

export type Tree = {
  readonly document: Document.Parsed;
  readonly spelling: Spelling;
  /** The pairs of each object that was looked into. */
  readonly pairs: WeakMap<YAMLMap, ReadonlyMap<string, Pair>>;
};

export function treeOf(document: Document.Parsed, spelling: Spelling): Tree {
  return { document, spelling, pairs: new WeakMap() };
}

function resolved(node: unknown, { document }: Tree): Node | undefined {
  return (isAlias(node) ? node.resolve(document) : (node as Node | null)) ?? undefined;
}

/** Of a key that is there twice the last counts. */
function pairsOf(node: YAMLMap, { pairs, spelling }: Tree): ReadonlyMap<string, Pair> {
  const known = pairs.get(node) ?? new Map(node.items.map((pair) => [spelling(keyText(pair)), pair]));
  pairs.set(node, known);
  return known;
}

function childOf(node: Node | undefined, key: Key, tree: Tree): Found | undefined {
  if (isSeq(node) && typeof key === 'number') {
    const item = node.items[key];
    return item === undefined || isPair(item) ? undefined : { node: resolved(item, tree), key: undefined };
  }
  if (!isMap(node) || typeof key !== 'string') return undefined;
  const pair = pairsOf(node, tree).get(tree.spelling(key));
  return pair && { node: resolved(pair.value, tree), key: pair.key as Node };
}

const keyText = ({ key }: Pair) => (isScalar(key) ? String(key.value) : '');

/** What is at the keys; undefined if there is nothing. */
export function nodeAt(tree: Tree, from: Node | undefined, keys: Keys): Node | undefined {
  return keys.reduce<Node | undefined>((node, key) => childOf(node, key, tree)?.node, from);
}

const startOf = (node: Node | undefined) => node?.range?.[0];

/** Of the value at the keys, or of the nearest thing around it that is there. */
export function offsetOf(tree: Tree, from: Node | undefined, keys: Keys): number {
  const [key, ...rest] = keys;
  const child = key === undefined ? undefined : childOf(from, key, tree);
  const own = startOf(from) ?? 0;
  if (!child) return own;
  return child.node ? offsetOf(tree, child.node, rest) : (startOf(child.key) ?? own);
}

/** Of the last of the keys. */
export function keyOffsetOf(tree: Tree, from: Node | undefined, keys: Keys): number {
  const parent = nodeAt(tree, from, keys.slice(0, -1));
  const key = parent && childOf(parent, keys.at(-1) ?? '', tree)?.key;
  return startOf(key) ?? offsetOf(tree, from, keys);
}

export type Duplicate = { readonly key: string; readonly offset: number };

/** Keys that an object has already. */
export function duplicatesIn({ document }: Pick<Tree, 'document'>): Duplicate[] {
  const duplicates: Duplicate[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const pair of items) {
        const key = keyText(pair);
        if (seen.has(key)) duplicates.push({ key, offset: startOf(pair.key as Node) ?? 0 });
        seen.add(key);
      }
    },
  });
  return duplicates;
}
