/** How a call of the plugin ended. */
import { expect } from 'vitest';
import { FAULTS, type Fault } from '../../schemas/fault.ts';
import type { Ended } from './machine.ts';

/** What may stand in an answer, of any version. */
export type Answer = {
  readonly cniVersion?: string;
  readonly code?: number;
  readonly msg?: string;
  readonly details?: string;
  readonly supportedVersions?: readonly string[];
  readonly interfaces?: readonly { readonly name: string; readonly mac: string; readonly mtu?: number }[];
  readonly ips?: readonly { readonly address: string; readonly gateway?: string }[];
  readonly routes?: readonly { readonly dst: string; readonly gw?: string }[];
  readonly dns?: object;
};

/** `answer` is the one JSON document on standard output; absent if that is empty. */
export type Outcome = Ended & { readonly answer?: Answer };

/** Throws if standard output is neither empty nor exactly one JSON document. */
export function outcomeOf(ended: Ended): Outcome {
  return ended.stdout === '' ? ended : { ...ended, answer: JSON.parse(ended.stdout) };
}

/** The answer of an ADD that must have succeeded. */
export function attached({ code, answer, stdout, stderr }: Outcome): Answer {
  expect({ code, stdout: code === 0 ? '' : stdout, stderr: code === 0 ? '' : stderr }).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
  return answer ?? {};
}

/** For a command that must succeed without an answer. */
export function expectSilence({ code, stdout }: Outcome): void {
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
}

/** Expects the fault as its table has it, and returns the sentence for a person. */
export function refused({ code, answer }: Outcome, fault: Fault): string {
  const { code: number, msg } = FAULTS[fault];
  expect({ exitCode: code, ...answer }).toMatchObject({ exitCode: 1, code: number, msg });
  expect(Object.keys(answer ?? {})).toEqual(['cniVersion', 'code', 'msg', 'details']);
  return answer?.details ?? '';
}

/** The addresses of an answer, without prefix lengths. */
export function addressesOf({ ips = [] }: Answer): string[] {
  return ips.map(({ address }) => address.split('/')[0] ?? '');
}
