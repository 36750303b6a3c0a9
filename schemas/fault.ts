import { shortened } from './shortened.ts';

/**
 * What can be wrong, in one table. A fault has the CNI code that runtimes act on, a constant `msg` that one can
 * alert on, and a sentence that says what to do (generated into docs/errors.md).
 * Codes below 100 are the specification's (https://www.cni.dev/docs/spec/#error), those from 100 are ours.
 */
export const FAULTS = {
  'incompatible-version': {
    code: 1,
    msg: 'Incompatible CNI version',
    remedy:
      'Use a `cniVersion` that the plugin lists (`CNI_COMMAND=VERSION`) and that can express what is asked for.',
  },
  'unsupported-field': {
    code: 2,
    msg: 'Unsupported field in network configuration',
    remedy: 'Remove the key, or use a release of the plugin that supports it.',
  },
  environment: {
    code: 4,
    msg: 'Invalid environment variable',
    remedy: 'The runtime (or cnitool) sets CNI_*: correct the variable named in the details.',
  },
  'input-output': {
    code: 5,
    msg: 'I/O failure',
    remedy: 'Free space on, or repair, the file system named in the details; then the runtime may try again.',
  },
  decode: {
    code: 6,
    msg: 'Cannot decode the network configuration',
    remedy: 'Standard input must be one JSON object, of at most 4 MB, nested at most 100 levels deep.',
  },
  netconf: {
    code: 7,
    msg: 'Invalid network configuration',
    remedy: 'Correct the keys named in the details, in the NetworkAttachmentDefinition or the conflist.',
  },
  netns: {
    code: 8,
    msg: 'Invalid network namespace',
    remedy:
      "CNI_NETNS must be the path of a living network namespace that is not the plugin's own (unless CNI_NETNS_OVERRIDE is 1).",
  },
  busy: {
    code: 11,
    msg: 'Try again later',
    remedy:
      'Another command holds the VF or the address store, or `ip` hangs in a driver. Runtimes try again; if it stays, look for a hanging process.',
  },
  unavailable: {
    code: 50,
    msg: 'Something that the plugin needs is missing',
    remedy:
      'Correct what the details name: iproute2, nsenter or flock missing, a directory not writable, or no free address in a range.',
  },
  limited: {
    code: 51,
    msg: 'Attachments of this network are out of order',
    remedy: 'The details name VFs that are gone, or PFs that are down: repair them, or restart the pods.',
  },
  'device-in-use': {
    code: 100,
    msg: 'The device is in use',
    remedy:
      'The details name who has the VF: another attachment, a bond or bridge, or a namespace of another program. Free it there, or give this pod another VF (the device plugin decides which).',
  },
  'no-free-address': {
    code: 101,
    msg: 'No free address',
    remedy: 'Enlarge the range, or release addresses that nobody uses any more.',
  },
  'address-taken': {
    code: 102,
    msg: 'The address is taken',
    remedy:
      'The details name who holds it: another attachment has the requested address, a neighbour has it (`enabledad`), or this one has addresses since an earlier ADD. Request another, or end that attachment (DEL).',
  },
  drift: {
    code: 103,
    msg: 'The attachment differs from what ADD made',
    remedy: 'Restart the pod: its interface was changed, or the VF is gone.',
  },
  'kernel-refused': {
    code: 104,
    msg: 'The kernel refused a change',
    remedy:
      "The details quote the kernel's reason and the `ip` command; try that by hand. Nothing of the attempt is left behind, unless the details say that restoring is incomplete: then record and addresses stay, and DEL tries again.",
  },
  'undo-incomplete': {
    code: 105,
    msg: 'Restoring is incomplete',
    remedy:
      'Record and addresses are kept. DEL tries again; remove the cause named in the details if it stays.',
  },
  'device-unfit': {
    code: 106,
    msg: 'The device cannot be attached',
    remedy: 'The details say what `deviceID` is instead of a usable VF, and what to do.',
  },
  'name-taken': {
    code: 107,
    msg: 'The interface name is taken in the sandbox',
    remedy: 'Request another interface name for this network.',
  },
  'ipam-plugin': {
    code: 108,
    msg: 'The IPAM plugin failed',
    remedy: 'The details quote the plugin that `ipam.type` names: see its documentation.',
  },
  'ipam-plugin-gone': {
    code: 109,
    msg: 'The IPAM plugin gave no answer',
    remedy:
      'It crashed, did not end in time, or printed what is no CNI result: see its log. Whatever it may have reserved stays recorded until its DEL succeeds.',
  },
  policy: {
    code: 110,
    msg: 'The policy of this node does not allow it',
    remedy:
      'The details name the keys that ask too much: change the network configuration, or let the administrator of the node change `/etc/cni/sriov-policy.json` (see docs/security.md). Trying again does not help.',
  },
  bug: {
    code: 999,
    msg: 'Internal error',
    remedy: 'This is a defect of the plugin: report it with the log.',
  },
} as const;

export type Fault = keyof typeof FAULTS;

/** The answer of a failed command, as the specification wants it on stdout. */
export type ErrorAnswer = { cniVersion: string; code: number; msg: string; details: string };

/** In characters: what a caller sends may be part of a sentence, and is up to 4 MB. */
const MAX_DETAILS = 8000;

/** One wrong value: at which key, what is expected there, and what came instead. */
export type Problem = {
  /** As in `ipam.ranges[0][1].subnet`; empty for all of it. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
};

export function problemText({ path, expected, got }: Problem): string {
  return `${path && `${path}: `}expected ${expected}, got ${got}`;
}

type Origin = ErrorOptions & { readonly problems?: readonly Problem[] };

/** A failed command: which fault, and the sentence for a person. */
export class CniError extends Error {
  readonly fault: Fault;
  /** What the sentence is made of, where it tells of wrong values. */
  readonly problems: readonly Problem[];

  constructor(fault: Fault, details: string, { problems = [], ...options }: Origin = {}) {
    super(shortened(details, MAX_DETAILS), options);
    this.name = 'CniError';
    this.fault = fault;
    this.problems = problems;
  }

  /** All problems in one answer. */
  static of(fault: Fault, problems: readonly Problem[]): CniError {
    return new CniError(fault, problems.map(problemText).join('; '), { problems });
  }

  answer(cniVersion: string): ErrorAnswer {
    const { code, msg } = FAULTS[this.fault];
    return { cniVersion, code, msg, details: this.message };
  }
}
