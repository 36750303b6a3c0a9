/** The plugin host-local: the address store alone, for any plugin that names it as its `ipam.type`. */
import { readResolvConf } from '../../ipam/disk-resolv-conf.ts';
import type { DiskStore } from '../../ipam/disk-store.ts';
import type { HostLocal } from '../../ipam/host-local.ts';
import { rangeSetsOf, rangeWith } from '../../ipam/range-set.ts';
import type { Attachment } from '../../schemas/attachment.ts';
import type { Environment } from '../../schemas/environment.ts';
import { CniError } from '../../schemas/fault.ts';
import { ipText, parsePrefix } from '../../schemas/ip.ts';
import { logConfOf } from '../../schemas/partial-conf.ts';
import type { Result } from '../../schemas/result.ts';
import { unknownIpamKeysIn } from '../../schemas/unknown-keys.ts';
import { named } from '../../src/attachment/del.ts';
import { dataDirOf, ownIpamOf } from '../../src/attachment/desired.ts';
import { among, pairsOf } from '../../src/attachment/gc.ts';
import { mayReleaseIn, mustBeAllowed, pathViolationsOf } from '../../src/attachment/policy.ts';
import type { World } from '../../src/attachment/ports.ts';
import { type AddressRequest, type AddressWish, addressRequestOf } from '../../src/cni/address-request.ts';
import type { Plugin } from '../../src/cni/plugin.ts';
import { bootTimeMs } from '../../src/host/boot.ts';
import { readPolicy } from '../../src/host/policy-file.ts';
import { readiness } from '../../src/host/readiness.ts';
import { checkRanges } from './command.ts';
import { logOf, tellOddities, tellRefusal, told, type Voice } from './telling.ts';
import { type Machine, storeOf } from './world.ts';

/** The plugin that started us passes on what we say; the established host-local says nothing. */
const VOICE: Voice = { name: 'host-local', isQuiet: true };

export function hostLocalPlugin(machine: Machine, env: Environment): Plugin<AddressRequest> {
  return {
    requestOf: (call) => addressRequestOf(call, checkRanges),
    run: (request, mustExpress, json) => {
      const policy = readPolicy(machine.policyFile);
      const log = logOf({ env, json }, VOICE, policy);
      const isAsking = request.command === 'ADD' || request.command === 'STATUS';
      if (isAsking) tellOddities(unknownIpamKeysIn(json), log);
      return told(request.command, log, async () => {
        const { logFile } = logConfOf(json);
        const asked = { dataDir: dataDirOf(request.conf), logFile };
        if (isAsking) mustBeAllowed(pathViolationsOf(policy, asked));
        return perform(request, { store: storeOf(machine, log), policy, log, mustExpress });
      });
    },
    refused: (cause, read) => {
      const log = logOf(read, VOICE, readPolicy(machine.policyFile));
      tellRefusal(cause, unknownIpamKeysIn(read.json), log);
    },
  };
}

type Surroundings = Pick<World, 'policy' | 'log' | 'mustExpress'> & { readonly store: DiskStore };

async function perform(request: AddressRequest, surroundings: Surroundings): Promise<Result | undefined> {
  const { store } = surroundings;
  switch (request.command) {
    case 'ADD':
      return reserve(request, store, surroundings.mustExpress);
    case 'CHECK':
      await check(request, store);
      break;
    case 'STATUS':
      await status(request, store);
      break;
    default: {
      const dataDir = dataDirOf(request.conf);
      if (mayReleaseIn(dataDir, surroundings)) await release(request, dataDir, store);
    }
  }
  return undefined;
}

type Releasing = Extract<AddressRequest, { command: 'DEL' | 'GC' }>;

async function release(request: Releasing, dataDir: string, store: DiskStore): Promise<void> {
  if (request.command === 'DEL') {
    const { attachment } = named(request);
    return store.during(attachment, dataDir, ({ release }) => release(attachment, dataDir));
  }
  const pairs = request.valid && pairsOf(request.valid);
  if (pairs) await store.collect(request.network, dataDir, among(pairs));
}

async function reserve(
  wish: AddressWish,
  store: DiskStore,
  mustExpress: World['mustExpress'],
): Promise<Result> {
  const { ipam } = wish.conf;
  const { ipRanges, requested } = ownIpamOf(ipam, wish);
  const sets = rangeSetsOf(ipam, ipRanges);
  const routes = ipam.routes ?? [];
  const dns = ipam.resolvConf === undefined ? undefined : readResolvConf(ipam.resolvConf);
  const answer = (ips: Result['ips']): Result => ({ interfaces: [], ips, routes, ...(dns && { dns }) });
  const families = sets.flatMap(({ ranges: [range] }) => range?.family ?? []);
  mustExpress(answer(families.map((family) => ({ address: family === 4 ? '0.0.0.0/0' : '::/0' }))));
  const wanted = { sets, dataDir: dataDirOf(wish.conf), requested };
  return store.during(wish.attachment, wanted.dataDir, async (its) => {
    await endEarlier(wish.attachment, wanted.dataDir, its);
    return answer(await its.reserve(wish.attachment, wanted, async () => {}));
  });
}

/**
 * An attachment that holds addresses is refused others, which would drain the range; the main plugin's undo would take all from
 * a pod that lives. What is from before the last boot belongs to nobody that lives: it must not keep a container from starting.
 */
async function endEarlier(owner: Attachment, dataDir: string, store: HostLocal): Promise<void> {
  const held = await store.heldBy(owner, dataDir);
  const present = held.find(({ sinceMs }) => sinceMs >= bootTimeMs());
  if (present) {
    throw new CniError(
      'address-taken',
      `Container ${owner.containerId} has ${present.address} for ${owner.ifName} already: it needs a DEL first`,
    );
  }
  await store.release(
    owner,
    dataDir,
    held.map(({ address }) => address),
  );
}

/** Other plugins of the chain may have given addresses that are none of ours. */
async function check(wish: AddressWish, store: HostLocal): Promise<void> {
  const { attachment, conf, prevResult } = wish;
  if (!prevResult) return mustHold(wish, store);
  const sets = rangeSetsOf(conf.ipam, ownIpamOf(conf.ipam, wish).ipRanges);
  const addresses = (prevResult?.ips ?? []).flatMap(({ address }) => parsePrefix(address)?.ip ?? []);
  const ours = addresses.filter((ip) => sets.some((set) => rangeWith(set, ip))).map(ipText);
  const missing = await store.missing(attachment, dataDirOf(conf), ours);
  if (ours.length > 0 && missing.length === 0) return;
  const what = ours.length > 0 ? missing.join(', ') : 'any address';
  throw new CniError('drift', `The store does not hold ${what} for container ${attachment.containerId}`);
}

/** Without the result of ADD, all that can be asked is whether there is any. */
async function mustHold({ attachment, conf }: AddressWish, store: HostLocal): Promise<void> {
  const held = await store.heldBy(attachment, dataDirOf(conf));
  if (held.length > 0) return;
  throw new CniError('drift', `The store holds no address for container ${attachment.containerId}`);
}

async function status(
  { network, conf, ipam }: Extract<AddressRequest, { command: 'STATUS' }>,
  store: HostLocal,
): Promise<void> {
  const dataDir = dataDirOf(conf);
  const lacking = readiness([{ path: dataDir, mode: 0o755 }]);
  if (ipam) lacking.push(...(await store.exhausted(network, rangeSetsOf(ipam), dataDir)));
  if (lacking.length > 0) throw new CniError('unavailable', lacking.join('; '));
}
