/** Reads all that the checks are about; changes nothing. */
import type { Json } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import type { Nic } from '../../host/nics.ts';
import { nicsOf } from '../../host/nics.ts';
import { isRoot, ownDirectory } from '../../host/node/directories.ts';
import { isThere } from '../../host/node/files.ts';
import { distribution, kernelOf } from '../../host/node/kernel.ts';
import { networkFilesIn } from '../../host/node/network-files.ts';
import { pfsAmong } from '../../host/node/pfs.ts';
import { KUBELET_DIRECTORY } from '../../host/node/places.ts';
import { runtimePlaces } from '../../host/node/runtimes.ts';
import { servicesOf } from '../../host/node/services.ts';
import { readPolicy } from '../../host/policy-file.ts';
import { PACKAGE_OF, type Program, pathOf } from '../../host/run-child.ts';
import { discover } from '../discover/command.ts';
import type { Tool } from '../tool.ts';
import { askConfiguration } from './ask.ts';
import type { CniFacts } from './cni.ts';
import type { Facts, Seen } from './facts.ts';
import type { InterferenceFacts } from './interference.ts';
import { searched } from './plugin-files.ts';
import type { ProgramFacts } from './programs.ts';
import { recordFacts } from './record-facts.ts';
import type { VfFacts } from './vfs.ts';

const SILENT = () => {};

export async function collect(given: Tool, asked: Json | undefined): Promise<Facts> {
  const tool = { ...given, records: once(given.records) };
  const { places } = tool;
  const nics = nicsOf(places.sys);
  const world = () => tool.world(SILENT);
  return {
    kernel: await seen(() => ({ kernel: kernelOf(places.sys), distribution: distribution(), nics })),
    cards: await seen(() => ({ pfs: pfsAmong(nics, places.sys) })),
    vfs: await seen(() => vfFacts(tool, nics)),
    programs: await seen(() => programFacts(tool)),
    cni: await seen(() => cniFacts(tool)),
    interference: await seen(() => interferenceFacts(nics)),
    records: await seen(() => recordFacts(tool, world())),
    ...(asked && { configuration: await seen(() => askConfiguration(asked, tool, world())) }),
  };
}

/** What is wrong with one of them is told each time. */
function once<T>(look: () => Promise<T>): () => Promise<T> {
  let looked: Promise<T> | undefined;
  return () => {
    looked ??= look();
    return looked;
  };
}

/** What refuses itself to a person who is not root does so by these. */
const FORBIDDEN = /\b(EACCES|EPERM)\b/;

async function seen<T>(look: () => T | Promise<T>): Promise<Seen<T>> {
  try {
    return { facts: await look() };
  } catch (cause) {
    return { why: whyNot(cause as NodeJS.ErrnoException) };
  }
}

/** One part of the node must not keep a person from hearing of the others. */
function whyNot(cause: NodeJS.ErrnoException): string {
  const { message } = cause;
  const isOurs = cause instanceof CniError || cause.syscall !== undefined;
  if (!isOurs) return `this is a bug: ${cause.stack ?? message}`;
  return FORBIDDEN.test(message) && !isRoot() ? `run as root: ${message}` : message;
}

async function vfFacts(tool: Tool, nics: readonly Nic[]): Promise<VfFacts> {
  const pfLinks = nics.flatMap(({ address, links: [link] }) => (link ? [[address, link] as const] : []));
  return { vfs: (await discover(tool)).vfs, pfLinks: new Map<string, string>(pfLinks) };
}

const TIMEOUT_MS = 5000;

async function programFacts({ runChild }: Tool): Promise<ProgramFacts> {
  const programs = (Object.keys(PACKAGE_OF) as Program[]).map(programFact);
  const hasIp = programs.some(({ program, path }) => program === 'ip' && path !== undefined);
  const version = hasIp && (await runChild({ program: 'ip', args: ['-V'], timeoutMs: TIMEOUT_MS }));
  return {
    distribution: distribution(),
    programs,
    ...(version && { ipVersion: version.stdout || version.stderr }),
  };
}

function programFact(program: Program): ProgramFacts['programs'][number] {
  try {
    return { program, path: pathOf(program) };
  } catch (cause) {
    return { program, missing: (cause as Error).message };
  }
}

async function cniFacts({ env, executable, version, places }: Tool): Promise<CniFacts> {
  const { pluginPaths, networkDirectories } = runtimePlaces(env['CNI_PATH']);
  const { unreadable, cures } = readPolicy(places.policyFile);
  return {
    executable,
    version,
    paths: await searched(pluginPaths, executable),
    networks: networkDirectories.flatMap(networkFilesIn),
    networkDirectories,
    distribution: distribution(),
    hasKubelet: isThere(KUBELET_DIRECTORY),
    isRoot: isRoot(),
    stateDir: ownDirectory(places.stateDir),
    storeDir: ownDirectory(DEFAULT_DATA_DIR),
    policy: {
      isThere: isThere(places.policyFile),
      ...(unreadable && { unreadable }),
      ...(cures && { cures }),
    },
  };
}

/** A name that a pod chose may mean something else where it is written. */
const PLAIN = /^[\w.-]+$/;

function interferenceFacts(nics: readonly Nic[]): InterferenceFacts {
  const vfs = nics.filter(({ pf }) => pf !== undefined);
  return {
    ...servicesOf(),
    vfs: vfs.flatMap(({ links: [name], driver }) =>
      name !== undefined && driver && PLAIN.test(name) ? [{ name, driver }] : [],
    ),
    sharedDrivers: nics.flatMap(({ pf, driver }) => (pf === undefined && driver ? [driver] : [])),
  };
}
