/** Asks, as ADD does, what stands against a configuration on this node; nothing is changed. */
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import type { Json } from '../../../schemas/decode.ts';
import { CniError } from '../../../schemas/fault.ts';
import { deviceIdsOf, type NetConf } from '../../../schemas/netconf.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import type { AddRequest, StatusRequest } from '../../../schemas/request.ts';
import { unknownKeysIn } from '../../../schemas/unknown-keys.ts';
import { askedOf, type Desired, dataDirOf, desiredOf, ownIpamOf } from '../../attachment/desired.ts';
import { mustNotBeInUse } from '../../attachment/holders.ts';
import { asksPf, isForUserspace, pfNameOf, type Vf } from '../../attachment/observed.ts';
import { mustBeAllowed, pfViolationsOf, violationsOf } from '../../attachment/policy.ts';
import type { World } from '../../attachment/ports.ts';
import { attachableLink, vfOf } from '../../attachment/refusals.ts';
import { warnOf } from '../../attachment/warnings.ts';
import { requestOf, versionOf } from '../../cni/request.ts';
import { NEWEST_VERSION } from '../../cni/versions.ts';
import { nicsOf } from '../../host/nics.ts';
import { pfsAmong } from '../../host/node/pfs.ts';
import { runtimePlaces } from '../../host/node/runtimes.ts';
import { createPlugins } from '../../host/run-plugin.ts';
import { discover } from '../discover/command.ts';
import type { Tool } from '../tool.ts';
import type { ConfigurationFacts, Step } from './configuration.ts';
import { quoted } from './cures.ts';

/** With what it is asked, and where the answers go. */
type Asking = { readonly tool: Tool; readonly world: World; readonly told: Told };

type Told = { readonly [Key in 'steps' | 'unknownKeys' | 'oddities']: ConfigurationFacts[Key][number][] };

export async function askConfiguration(asked: Json, tool: Tool, world: World): Promise<ConfigurationFacts> {
  const told: Told = { steps: [], unknownKeys: [], oddities: [] };
  const asking = { tool, world, told };
  const request = await attempt(asking, { check: 'keys', well: 'the configuration is valid' }, () =>
    requestIn(asked, told),
  );
  if (!request) return told;
  if (request.command === 'ADD') await askDevice(request, asking);
  else await attempt(asking, ALLOWED, () => mustBeAllowed(violationsOf(world.policy, askedOf(request.conf))));
  await askAddresses(request, asking);
  if (request.command === 'ADD') return told;
  return { ...told, anyDevice: await anyDevice(request.conf, tool) };
}

const ALLOWED = { check: 'policy', well: 'the policy of this node allows it' } as const;

/** Undefined, with a note of why, if an ADD would be refused for it. */
async function attempt<T>(
  { told: { steps } }: Asking,
  step: Omit<Step, 'refusal'>,
  action: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    const answer = await action();
    steps.push(step);
    return answer;
  } catch (cause) {
    if (!(cause instanceof CniError)) throw cause;
    steps.push({ ...step, refusal: cause.message });
    return undefined;
  }
}

type Request = ({ readonly command: 'ADD' } & AddRequest) | ({ readonly command: 'STATUS' } & StatusRequest);

/** A pod to ask for. */
const ENVIRONMENT = { CNI_CONTAINERID: 'doctor', CNI_IFNAME: 'net1', CNI_NETNS: '' };

/** Without a device it is asked as STATUS is, which reads it as ADD would. */
function requestIn(json: Json, { unknownKeys }: Told): Request {
  unknownKeys.push(...unknownKeysIn(json));
  const version = versionOf(json);
  const hasDevice = deviceIdsOf(json as NetConf).length > 0;
  const call = hasDevice
    ? ({ command: 'ADD', version } as const)
    : ({ command: 'STATUS', version: NEWEST_VERSION } as const);
  const checkRanges = (...given: Parameters<typeof rangeSetsOf>) => void rangeSetsOf(...given);
  return requestOf({ ...call, env: ENVIRONMENT, json }, checkRanges) as Request;
}

async function askDevice(request: AddRequest, asking: Asking): Promise<void> {
  const { world, tool } = asking;
  const desired = desiredOf(request);
  const { device } = desired;
  const vf = await attempt(asking, { check: 'device', well: `${device} is a VF` }, () =>
    vfOf(world.host.findDevice(device), desired),
  );
  await attempt(asking, ALLOWED, () =>
    mustBeAllowed([
      ...violationsOf(world.policy, askedOf(request.conf)),
      ...(vf ? pfViolationsOf(world.policy, vf) : []),
    ]),
  );
  const earlier = (await tool.records()).find((record) => record.device === device);
  // Its link may be anywhere: ADD brings it home first.
  if (earlier) await askHolder(earlier, asking);
  else if (vf) await askFitness(desired, vf, asking);
}

async function askHolder(earlier: AttachmentRecord, asking: Asking): Promise<void> {
  const well = `what holds ${earlier.device} is dead, and ends with the next ADD`;
  await attempt(asking, { check: 'holder', well }, () => mustNotBeInUse(earlier, asking.world));
}

async function askFitness(desired: Desired, vf: Vf, asking: Asking): Promise<void> {
  const { world, told } = asking;
  const well = `${vf.address} can be attached as wanted`;
  await attempt(asking, { check: 'fitness', well, ...mtuCure(desired, vf) }, async () => {
    const seen = await world.host.observe(vf, asksPf(vf, desired));
    attachableLink(desired, vf, seen);
    told.oddities.push(...warnOf(desired, vf, seen));
  });
}

function mtuCure({ mtu = 0 }: Desired, vf: Vf): Pick<Step, 'cure'> {
  const { pf } = vf;
  const isTooMuch = pf?.mtu !== undefined && mtu > pf.mtu && !pf.isSwitchdev;
  return isTooMuch ? { cure: `ip link set ${quoted(pfNameOf(vf))} mtu ${mtu}` } : {};
}

async function askAddresses(request: Request, asking: Asking): Promise<void> {
  const { conf, delegate } = request;
  const { tool, world } = asking;
  if (delegate) {
    await attempt(asking, { check: 'ipam', well: `the IPAM plugin ${delegate.type} is there` }, () => {
      const { pluginPaths } = runtimePlaces(tool.env['CNI_PATH']);
      const directories = pluginPaths.flatMap((path) => path.directories).join(':');
      createPlugins({ env: { CNI_PATH: directories } }).find(delegate.type);
    });
  }
  const { ipam } = conf;
  if (!ipam) return;
  const wanted = ownIpamOf(ipam, { conf, cniArgs: { ips: [] } });
  await attempt(asking, { check: 'addresses', well: 'each range set has a free address' }, async () => {
    world.addresses.plan(wanted, dataDirOf(conf));
    const full = await world.addresses.exhausted(conf.name, wanted, dataDirOf(conf));
    if (full.length > 0) throw new CniError('no-free-address', full.join('; '));
  });
}

async function anyDevice(
  { mtu }: NetConf,
  tool: Tool,
): Promise<NonNullable<ConfigurationFacts['anyDevice']>> {
  const { vfs } = await discover(tool);
  const free = vfs.filter((vf) => !vf.holder && vf.driver && (vf.link !== undefined || isForUserspace(vf)));
  const pfs = pfsAmong(nicsOf(tool.places.sys), tool.places.sys).filter((pf) => pf.vfs.addresses.length > 0);
  return {
    ...(mtu !== undefined && { mtu }),
    pfs: pfs.map(({ links: [link], address, mtu: has }) => ({
      name: link ?? address,
      ...(has !== undefined && { mtu: has }),
    })),
    vfs: vfs.length,
    freeVfs: free.length,
  };
}
