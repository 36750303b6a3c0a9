/** Whatever a caller may send: configurations with something wrong in them, other standard input, environments. */
import fc from 'fast-check';

const words = (text: string) => text.split(' ');

/** Texts over which programs have stumbled: paths, formats, words of languages, other alphabets. */
const ODD_TEXTS = [
  ...words(
    `  . .. / // ~ -rf * ; | $(id) \`id\` %n%s net%d # \\ " ' . ../ /.. a/b x/../../x ..\\..\\x ../../../../etc/x`,
  ),
  ...words(
    '/etc/../etc/x /var/lib/cni/../x /dev/null /dev/full /proc/self/fd/1 /proc/sys/net/ipv4/ip_default_ttl',
  ),
  ...words(
    '/sys/kernel /etc/passwd /run/x lock lo all default __proto__ constructor toString null true 0x10 1e3 -0',
  ),
  ...words('\0 a\0b /a\0b \n a\nb a\r\nb \x1b[2J \u2028 \u202e \ufeff \ud800 /\udfff'),
  ...words('．．／x ․․/x ∕etc∕x İ ſriov K 𝒏𝒆𝒕 größe ０'),
  ...words(':: ::/0 0.0.0.0/0 1.1.1.1/33 10.0.0.1/24 fe80::1%lo ::ffff:1.2.3.4 010.1.1.1 1.1.1.1-1.1.1.0'),
  ...words('ff:ff:ff:ff:ff:ff 00:00:00:00:00:00 02:00:00:00:00:01 0000:01:10.2 0000:01:00.0 ffff:ff:1f.7'),
  ...[16, 200, 201, 256, 5000, 100_000].map((length) => 'a'.repeat(length)),
  `/${'a'.repeat(5000)}`,
  `/run/${'d/'.repeat(300)}`,
];

const oddText = fc.oneof(fc.constantFrom(...ODD_TEXTS), fc.string({ unit: 'binary', maxLength: 40 }));

/** Stands for a list in a list in a list ...: JSON.stringify() cannot write that. */
const ABYSS = '@abyss@';
const abyss = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: oddText },
  {
    weight: 3,
    arbitrary: fc.constantFrom(null, true, false, 0, -0, -1, 1.5, 4095, 2 ** 31, 2 ** 53, 1e308, [], {}),
  },
  { weight: 2, arbitrary: fc.jsonValue({ stringUnit: 'binary' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(ABYSS, { x: ABYSS }, [[[[]]]], Array(3000).fill({}), Array(3000).fill('x')),
  },
);

type Tree = { [key: string]: unknown };
type Path = readonly string[];

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** Of all that is in the value, also in lists. */
function pathsIn(value: unknown): Path[] {
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...pathsIn(inner).map((path) => [key, ...path]),
  ]);
}

type Damage = {
  readonly path: Path;
  readonly how: 'without' | 'other' | 'in a list' | 'beside';
  readonly value: unknown;
};

function damaged(conf: object, damages: readonly Damage[]): object {
  const copy = structuredClone(conf);
  for (const damage of damages) apply(damage, copy);
  return copy;
}

function apply({ path, how, value }: Damage, conf: object): void {
  const key = path.at(-1) ?? '';
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, step) => (isTree(inner) ? inner[step] : inner), conf);
  if (!isTree(parent)) return;
  if (how === 'without') delete parent[key];
  else if (how === 'beside') parent[key.toUpperCase()] = value;
  else parent[key] = how === 'in a list' ? [parent[key], value] : value;
}

const textOf = (conf: unknown, depth: number) => JSON.stringify(conf).replaceAll(`"${ABYSS}"`, abyss(depth));

/** A configuration with up to two things wrong in it. */
function anyConf(sound: object): fc.Arbitrary<string> {
  const damage = fc.record({
    path: fc.constantFrom(...pathsIn(sound)),
    how: fc.constantFrom('without' as const, 'other' as const, 'in a list' as const, 'beside' as const),
    value: oddValue,
  });
  const depth = fc.constantFrom(3, 90, 200, 100_000);
  return fc
    .tuple(fc.array(damage, { maxLength: 2 }), depth)
    .map(([damages, levels]) => textOf(damaged(sound, damages), levels));
}

/** Standard input, most of it close to the sound configuration. */
export function anyStdin(sound: object): fc.Arbitrary<string> {
  const text = JSON.stringify(sound);
  return fc.oneof(
    { weight: 12, arbitrary: anyConf(sound) },
    { weight: 1, arbitrary: fc.nat(text.length).map((length) => text.slice(0, length)) },
    { weight: 1, arbitrary: fc.json({ stringUnit: 'binary' }) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...['\ufeff', '\0', text, '\u00a0', '//\n'].flatMap((more) => [more + text, text + more]),
        text.replace('{', '{"__proto__":{"name":"x"},"constructor":1,"name":"first",'),
        text.replace('"net"', '"net","name":"../x"'),
        text.replace('1400', '1e999'),
        text.replace('"net"', '"\\ud800"'),
        abyss(100_000),
        `{"x":${'{"x":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
      ),
    },
  );
}

/** What the kernel takes as a variable's value; 128 KiB are the most, with its name. */
const oddVariable = oddText.filter((text) => !text.includes('\0')).map((text) => text.toWellFormed());
const MAX_VARIABLE_BYTES = 131_000;

const usually = (value: string) =>
  fc.oneof(
    { weight: 40, arbitrary: fc.constant<string | undefined>(value) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: oddVariable },
  );

const anyArgs = fc.oneof(
  oddVariable,
  fc
    .array(
      fc.tuple(
        fc.constantFrom('MAC', 'IP', 'mac', 'IgnoreUnknown', 'K8S_POD_NAME', '__proto__', ''),
        oddVariable,
      ),
    )
    .map((pairs) => pairs.map((pair) => pair.join('=')).join(';'))
    .filter((text) => Buffer.byteLength(text) < MAX_VARIABLE_BYTES),
);

/** The variables of CNI, each of them usually right. */
export const anyEnvironment = (netns: string) =>
  fc.record({
    CNI_CONTAINERID: usually('c1'),
    CNI_IFNAME: usually('net1'),
    CNI_NETNS: usually(netns),
    CNI_PATH: usually('/usr/lib/cni'),
    CNI_ARGS: fc.option(anyArgs, { nil: undefined, freq: 2 }),
    CNI_NETNS_OVERRIDE: fc.option(oddVariable, { nil: undefined, freq: 1 }),
  });

export const anyCommand = fc.oneof(
  { weight: 10, arbitrary: fc.constant('ADD') },
  { weight: 10, arbitrary: fc.constantFrom('DEL', 'CHECK', 'GC', 'STATUS', 'VERSION') },
  { weight: 1, arbitrary: oddVariable },
);
