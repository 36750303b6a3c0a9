/** What the commands of the tool get from the process that runs them. */

import type { HostLocal } from '../../ipam/host-local.ts';
import type { Json } from '../../schemas/decode.ts';
import type { Environment } from '../../schemas/environment.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';
import type { AddRequest } from '../../schemas/request.ts';
import type { Addresses, Log, World } from '../attachment/ports.ts';
import type { RunChild, RunFile } from '../host/run-child.ts';
import type { Terminal } from './terminal.ts';

/** Where the machine is, and what the plugin keeps there. */
export type Places = {
  /** `/sys`. */
  readonly sys: string;
  readonly stateDir: string;
  readonly sriovCniDir: string;
  readonly policyFile: string;
};

/** `found`: it was looked, and something is wrong. */
export const EXIT_CODES = { done: 0, failed: 1, usage: 2, found: 3 } as const;
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/** What each tells, for help and documentation. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: 'It is done.',
  failed: 'It failed: standard error tells why.',
  usage: 'The command line is wrong: standard error tells where. Nothing was done.',
  found: 'It looked, and found something wrong: standard output tells what.',
};

export type Tool = {
  readonly version: string;
  /** What `--version` tells. */
  readonly about: string;
  readonly terminal: Terminal;
  readonly env: Environment;
  /** Path of the running executable, which is the plugin, too. */
  readonly executable: string;
  readonly places: Places;
  readonly runChild: RunChild;
  readonly runFile: RunFile;
  /** Standard input until its end; CniError if it cannot be read, or is too much. */
  readonly readStdin: () => string;
  /** Every attachment that is recorded; what cannot be read is told. */
  readonly records: () => Promise<readonly AttachmentRecord[]>;
  /** The address store of this machine. */
  readonly store: () => HostLocal;
  /** The plugin's own world on this machine. `env` is what a runtime would give it; IPAM plugins are found by that. */
  readonly world: (log: Log, env?: Environment) => World;
  /** Throws CniError if the version of the configuration has no words for a result. */
  readonly mustExpress: (json: Json) => World['mustExpress'];
  /** As the plugin understands it. Throws CniError with all that is wrong. */
  readonly addRequest: (json: Json, variables: Environment) => AddRequest;
  /** The address store as it is; what is reserved and released stays in memory. */
  readonly rehearsedAddresses: () => Addresses;
  /** Signals that would end the process are answered with the words until the action is over. */
  readonly uninterrupted: <T>(words: string, action: () => Promise<T>) => Promise<T>;
  /** It is the entry point of a container. */
  readonly isEntryPoint: boolean;
  /** From now on SIGINT and SIGTERM end nothing by themselves, but abort this. */
  readonly interruption: () => AbortSignal;
  /** The exit code of a command that ends well is 0, if it does not say otherwise. */
  readonly endWith: (code: ExitCode) => void;
};
