/** The node's policy: what its administrator lets network configurations ask. An absent key allows. */
import * as z from 'zod/mini';
import { problemsOf } from './decode.ts';
import { problemText } from './fault.ts';
import { AbsolutePath, described, VlanId } from './words.ts';

export const POLICY_FILE = '/etc/cni/sriov-policy.json';

/** In `vlans`: a network may say nothing of VLANs. */
export const NO_VLAN = 'absent';

type VlanRange = { readonly first: number; readonly last: number };

/** `100-199` or `100`; undefined if it is neither. */
export function parseVlanRange(text: string): VlanRange | undefined {
  const [, start = '', end = start] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? [];
  const [first, last] = [Number(start), Number(end)];
  return start !== '' && first <= last && VlanId.safeParse(last).success ? { first, last } : undefined;
}

const VLANS = `a VLAN id from 0 to 4094, first-last, or "${NO_VLAN}"`;
const VlansText = z
  .string()
  .check(z.refine((text) => text === NO_VLAN || parseVlanRange(text) !== undefined, { error: VLANS }));

const paths = (expected: string) => z.optional(z.array(AbsolutePath, { error: expected }));

export const Policy = z.strictObject(
  {
    $schema: described(z.optional(z.string({ error: 'a text' })), 'For editors; ignored.'),
    trust: described(
      z.optional(z.enum(['any', 'off'], { error: '"any" or "off"' })),
      '`off`: no network may ask `trust: on`.',
    ),
    spoofchk: described(
      z.optional(z.enum(['any', 'on'], { error: '"any" or "on"' })),
      '`on`: no network may ask `spoofchk: off`.',
    ),
    mac: described(
      z.optional(z.enum(['any', 'none'], { error: '"any" or "none"' })),
      '`none`: no MAC may be asked, neither by the configuration nor by the pod (CNI_ARGS, `args`, `runtimeConfig`).',
    ),
    vlans: described(
      z.optional(
        z.array(z.union([VlanId, VlansText], { error: VLANS }), {
          error: 'a list of VLAN ids and of stretches such as "100-199"',
        }),
      ),
      `The values that \`vlan\` may have. 0, which takes a VLAN away, has to be listed like any other, and \`"${NO_VLAN}"\` for ` +
        'networks without a `vlan`, which leave the VF as it is on the host.',
    ),
    dataDirs: described(
      paths('a list of directories'),
      'Directories below which `ipam.dataDir` may lie. The default one is always allowed.',
    ),
    logFiles: described(paths('a list of directories'), 'Directories below which `logFile` may lie.'),
    pfs: described(
      z.optional(z.array(z.string({ error: 'a text' }), { error: 'a list of PCI addresses and names' })),
      'PFs, by PCI address or by name, whose VFs may be given to pods. A device without a PF here (inside a VM) may then not.',
    ),
  },
  { error: 'a JSON object' },
);

/** `unreadable` tells why the file cannot be believed: then nothing is allowed. `cures` are commands, where some would do. */
export type Policy = z.output<typeof Policy> & {
  readonly unreadable?: string;
  readonly cures?: readonly string[];
};

/** Throws an Error with all that is wrong. A key that nobody knows may be a limit that was misspelt. */
export function parsePolicy(text: string): Policy {
  const value: unknown = JSON.parse(text);
  const { success, data, error } = z.safeParse(Policy, value);
  if (success) return data;
  const unknown = error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  const known = error.issues.filter(({ code }) => code !== 'unrecognized_keys');
  throw new Error(
    [
      ...unknown.map((key) => `unknown key ${JSON.stringify(key)}`),
      ...problemsOf(known, value).map(problemText),
      ...(unknown.length > 0 ? [`the keys are ${Object.keys(Policy.shape).join(', ')}`] : []),
    ].join('; '),
  );
}

/** What is allowed where nothing can be believed. */
export const NOTHING_ALLOWED = {
  trust: 'off',
  spoofchk: 'on',
  mac: 'none',
  vlans: [],
  dataDirs: [],
  logFiles: [],
  pfs: [],
} as const satisfies z.input<typeof Policy>;
