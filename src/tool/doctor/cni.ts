/** Directories of the runtimes, and our own. */
import { POLICY_FILE } from '../../../schemas/policy.ts';
import type { OwnDirectory } from '../../host/node/directories.ts';
import type { Distribution } from '../../host/node/kernel.ts';
import type { NetworkFile } from '../../host/node/network-files.ts';
import { copyingReference, quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, problem, warning, wrongOr } from './finding.ts';
import type { PluginFile, SearchedPath } from './plugin-files.ts';

export type CniFacts = {
  readonly executable: string;
  readonly version: string;
  readonly paths: readonly SearchedPath[];
  readonly networks: readonly NetworkFile[];
  readonly networkDirectories: readonly string[];
  readonly distribution: Distribution;
  readonly hasKubelet: boolean;
  readonly isRoot: boolean;
  readonly stateDir: OwnDirectory;
  readonly storeDir: OwnDirectory;
  readonly policy: {
    readonly isThere: boolean;
    readonly unreadable?: string;
    readonly cures?: readonly string[];
  };
};

export function cniOutcomes(facts: CniFacts): readonly Outcome[] {
  return [
    ...facts.paths.map((path) => pluginOutcome(path, facts)),
    ...wrongOr(brokenNetworks(facts), networksOutcome(facts)),
    ...wrongOr(missingPlugins(facts), ok('cni-plugins', 'each plugin that a network names is there')),
    multusOutcome(facts),
    stateOutcome(facts.stateDir),
    ...[facts.stateDir, facts.storeDir].map((directory) => writableOutcome(directory, facts)),
    policyOutcome(facts.policy),
  ];
}

const installing = (executable: string, directory: string) =>
  `${quoted(executable)} install --to ${quoted(directory)}`;

function pluginOutcome({ of, directories, sriov }: SearchedPath, { executable, version }: CniFacts): Outcome {
  const check = 'cni-sriov';
  const [first = ''] = directories;
  const cure = [installing(executable, sriov ? sriov.path.replace(/\/sriov$/, '') : first)];
  if (!sriov)
    return problem(
      check,
      `There is no plugin sriov in ${directories.join(', ')} (by ${of}): no ADD can start it.`,
      cure,
    );
  const { path } = sriov;
  const table: { readonly [Is in PluginFile['is']]: () => Outcome } = {
    'this executable': () => ok(check, `${path} is this executable, ${version}`),
    'another version': () =>
      warning(check, `${path} is version ${sriov.version} of this plugin, and this is ${version}.`, cure),
    'another program': () =>
      problem(check, `${path} is another program, such as sriov-cni: runtimes start that one.`, cure),
    unreadable: () => notChecked(check, `${path} cannot be read: run as root`),
    unfit: () => problem(check, `${path} cannot be started: it is no executable file.`, cure),
  };
  return table[sriov.is]();
}

function networksOutcome({ networks, networkDirectories, hasKubelet }: CniFacts): Outcome {
  const places = networkDirectories.join(', ');
  if (networks.length > 0)
    return ok('cni-networks', `${counted(networks.length, 'network configuration')} in ${places}`);
  const without = `no network configuration in ${places}`;
  if (!hasKubelet) return ok('cni-networks', `${without}, and no kubelet on this node that would want one`);
  return problem('cni-networks', `There is ${without}: pods cannot start.`, [
    "Install the cluster's own network (such as Flannel, Calico or Cilium) first.",
  ]);
}

const brokenNetworks = ({ networks }: CniFacts) =>
  networks.flatMap(({ path, problem: reason }) =>
    reason
      ? [problem('cni-networks', `${path} is no network configuration: ${reason}.`, [`jq . ${quoted(path)}`])]
      : [],
  );

/** Our own addresses need no plugin. */
function missingPlugins(facts: CniFacts): Outcome[] {
  const { networks, paths } = facts;
  const names = new Set(paths.flatMap((path) => path.names));
  return networks.flatMap(({ path, plugins }) => {
    const wanted = plugins.flatMap(({ type, ipamType }) => [
      type,
      ...(ipamType && !(type === 'sriov' && ipamType === 'host-local') ? [ipamType] : []),
    ]);
    const missing = [...new Set(wanted)].filter((type) => type !== 'sriov' && !names.has(type));
    if (missing.length === 0) return [];
    return [
      problem(
        'cni-plugins',
        `${path} names ${missing.join(', ')}, which no plugin directory has.`,
        missing.flatMap((type) => pluginCures(type, facts)),
      ),
    ];
  });
}

/** Those of containernetworking/plugins, which both distributions have as a package. */
const REFERENCE =
  /^(bandwidth|bridge|dhcp|dummy|firewall|host-device|host-local|ipvlan|loopback|macvlan|portmap|ptp|sbr|static|tap|tuning|vlan|vrf)$/;

function pluginCures(type: string, { paths: [path], distribution }: CniFacts): string[] {
  const directory = path?.directories[0] ?? '';
  if (type === 'host-local' && path?.names.includes('sriov'))
    return [`ln -s sriov ${quoted(`${directory}/host-local`)}`];
  if (REFERENCE.test(type)) return copyingReference(type, directory, distribution);
  return [`ls -l ${quoted(`${directory}/${type}`)}  # install it there, or remove the network that names it`];
}

const MULTUS = ['multus', 'multus-shim'];
const MULTUS_MANIFEST =
  'https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni/master/deployments/multus-daemonset-thick.yml';

function multusOutcome({ networks, hasKubelet }: CniFacts): Outcome {
  const check = 'multus';
  const files = networks.filter(({ plugins }) => plugins.some(({ type }) => MULTUS.includes(type)));
  if (files.length > 0)
    return ok(check, `Multus is configured by ${files.map(({ path }) => path).join(', ')}`);
  if (!hasKubelet) return ok(check, 'no Multus, and no kubelet on this node that would need it');
  return warning(
    check,
    'Multus is not on this node: pods get the network of the cluster and no other, so that no VF is attached.',
    [`kubectl apply -f ${MULTUS_MANIFEST}`],
  );
}

const OPEN_TO_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
const octal = (mode: number) => mode.toString(8).padStart(4, '0');

function stateOutcome({ path, found }: OwnDirectory): Outcome {
  const check = 'state-directory';
  if (!found) return ok(check, `${path} is not there yet: the first ADD makes it`);
  if (!found.isDirectory)
    return problem(check, `${path} is no directory: no record can be written, and every ADD fails.`, [
      `mv ${path} ${path}.before`,
    ]);
  const { uid, mode } = found;
  const cure = [`chown root:root ${path} && chmod 0700 ${path}`];
  if (uid !== 0 || (mode & WRITABLE_BY_OTHERS) !== 0)
    return problem(
      check,
      `${path} can be written by others than root (user ${uid}, mode ${octal(mode)}): who can write records can have a VF reset.`,
      cure,
    );
  if ((mode & OPEN_TO_OTHERS) !== 0)
    return warning(check, `${path} is open to others than root (mode ${octal(mode)}).`, cure);
  return ok(check, `${path} belongs to root alone`);
}

function writableOutcome({ path, refusal }: OwnDirectory, { isRoot }: CniFacts): Outcome {
  const check = 'writable';
  if (!isRoot) return notChecked(check, `${path}: run as root`);
  if (!refusal) return ok(check, `${path} can be written`);
  return problem(check, `${path} cannot be written, and every ADD fails: ${refusal}.`, [
    `findmnt -T ${path}  # read-only: mount -o remount,rw its file system, after a look at dmesg for errors of the disk`,
  ]);
}

function policyOutcome({ isThere, unreadable, cures }: CniFacts['policy']): Outcome {
  const check = 'policy';
  if (!unreadable)
    return ok(
      check,
      isThere ? `${POLICY_FILE} is valid` : `no ${POLICY_FILE}: networks may ask for anything`,
    );
  const correcting = `jq . ${POLICY_FILE}  # correct what is named above, or remove the file`;
  return problem(
    check,
    `The policy ${POLICY_FILE}: ${unreadable}. Every ADD is refused.`,
    cures ?? [correcting],
  );
}
