/** Other programs of the node that take VFs for links like any other. */
import type { NodeFile } from '../../host/node/files.ts';
import type { Services } from '../../host/node/services.ts';
import { quoted } from './cures.ts';
import { type Outcome, ok, warning, wrongOr } from './finding.ts';
import { fileFor, isLeftAlone } from './networkd.ts';
import { sectionsIn } from './settings-files.ts';
import { isUnmanaged, unmanagedIn, type VfLink } from './unmanaged.ts';

export type InterferenceFacts = Services & {
  /** VFs whose link is at home, under a name that may stand in a file. */
  readonly vfs: readonly VfLink[];
  /** Drivers that have other devices than VFs, too. */
  readonly sharedDrivers: readonly string[];
};

export function interferenceOutcomes(facts: InterferenceFacts): readonly Outcome[] {
  return [
    networkManagerOutcome(facts),
    networkdOutcome(facts),
    ...wrongOr(
      [...renamingRules(facts), ...renamingLinkFiles(facts)],
      ok('udev', 'no file of the administrator has udev rename VFs'),
    ),
    ...wrongOr(ifupdown(facts), ok('ifupdown', 'ifupdown is told of no VF')),
    operatorOutcome(facts),
  ];
}

const listed = (links: readonly VfLink[]) => links.map(({ name }) => name).join(', ');

const NONE_AT_HOME = 'no VF is at home that it could take';

const RULE = 'SUBSYSTEM=="net", TEST=="device/physfn", ENV{NM_UNMANAGED}="1"';
const RULES = '/etc/udev/rules.d/90-sriov-vfs.rules';

function networkManagerOutcome(facts: InterferenceFacts): Outcome {
  const check = 'network-manager';
  if (!facts.isNetworkManagerActive) return ok(check, 'NetworkManager does not run');
  if (facts.vfs.length === 0) return ok(check, `NetworkManager runs, and ${NONE_AT_HOME}`);
  if (facts.udevRules.some(({ text }) => isRule(text, /\bNM_UNMANAGED\b/)))
    return ok(check, 'NetworkManager runs, and a rule of udev tells it what to leave alone');
  const specs = unmanagedIn(facts.networkManagerFiles);
  const managed = facts.vfs.filter((link) => !isUnmanaged(link, specs));
  if (managed.length === 0) return ok(check, 'NetworkManager runs, and leaves VFs alone');
  return warning(
    check,
    `NetworkManager runs, and takes VFs for its own (${listed(managed)}): it sets them up and asks DHCP for addresses as soon as they are made or come home from a pod.`,
    [
      `echo '${RULE}' > ${RULES} && udevadm control --reload && udevadm trigger --subsystem-match=net --action=change`,
    ],
  );
}

const NETWORK_FILE = '/etc/systemd/network/00-sriov-vfs.network';

function networkdOutcome({ isNetworkdActive, networkFiles, vfs, sharedDrivers }: InterferenceFacts): Outcome {
  const check = 'systemd-networkd';
  if (!isNetworkdActive) return ok(check, 'systemd-networkd does not run');
  if (vfs.length === 0) return ok(check, `systemd-networkd runs, and ${NONE_AT_HOME}`);
  const taken = vfs.flatMap((link) => {
    const file = fileFor(link, networkFiles);
    return file && !isLeftAlone(file) ? [{ link, file }] : [];
  });
  if (taken.length === 0) return ok(check, 'systemd-networkd runs, and leaves VFs alone');
  const links = taken.map(({ link }) => link);
  const files = [...new Set(taken.map(({ file }) => file.path))].join(', ');
  return warning(
    check,
    `systemd-networkd sets VFs up as ${files} says (${listed(links)}), whenever they are made or come home from a pod.`,
    [
      `printf '[Match]\\n${matchFor(links, sharedDrivers)}\\n\\n[Link]\\nUnmanaged=yes\\n' > ${NETWORK_FILE} && networkctl reload`,
    ],
  );
}

/** By the driver also those that are made later, unless the PF has the same. */
function matchFor(links: readonly VfLink[], sharedDrivers: readonly string[]): string {
  const drivers = [...new Set(links.map(({ driver }) => driver))];
  if (drivers.every((driver) => !sharedDrivers.includes(driver))) return `Driver=${drivers.join(' ')}`;
  return `Name=${links.map(({ name }) => name).join(' ')}`;
}

const uncommented = (text: string) => text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));

const isRule = (text: string, pattern: RegExp) => uncommented(text).some((line) => pattern.test(line));

const RENAMED =
  'A VF that comes home from a pod may then get another name; its DEL finds it, but other programs may not.';

function renamingRules({ udevRules, vfs }: InterferenceFacts): Outcome[] {
  const words = ['physfn', 'virtfn', ...vfs.flatMap(({ name, driver }) => [name, driver])];
  const isOfVfs = (line: string) => words.some((word) => line.includes(word));
  return udevRules
    .filter(({ text }) =>
      uncommented(text).some((line) => /(^|[\s,])NAME\s*:?=[^=]/.test(line) && isOfVfs(line)),
    )
    .map(({ path }) => renaming(path));
}

function renamingLinkFiles({ linkFiles, vfs }: InterferenceFacts): Outcome[] {
  const files = new Set(vfs.flatMap((link) => fileFor(link, linkFiles) ?? []));
  return [...files].filter(isNaming).map(({ path }) => renaming(path));
}

const isNaming = ({ text }: NodeFile) =>
  sectionsIn(text).some(({ name, entries }) => name === 'Link' && entries.some(({ key }) => key === 'Name'));

const renaming = (path: string) =>
  warning('udev', `${path} has udev rename VFs. ${RENAMED}`, [
    `mv ${quoted(path)} ${quoted(`${path}.off`)} && udevadm control --reload`,
  ]);

function ifupdown({ interfaces, vfs }: InterferenceFacts): Outcome[] {
  return interfaces.flatMap(({ path, text }) => {
    const named = uncommented(text).flatMap((line) => {
      const [word = '', ...links] = line.trim().split(/\s+/);
      return ['auto', 'allow-auto', 'allow-hotplug'].includes(word) ? links : [];
    });
    const ours = vfs.filter(({ name }) => named.includes(name));
    if (ours.length === 0) return [];
    return [
      warning(
        'ifupdown',
        `${path} has ifupdown set ${listed(ours)} up at boot, and whenever it comes home from a pod.`,
        ours.map(({ name }) => `sed -i -E '/^\\s*(auto|allow-).*\\b${name}\\b/s/^/#/' ${quoted(path)}`),
      ),
    ];
  });
}

function operatorOutcome({ operatorTraces }: InterferenceFacts): Outcome {
  const check = 'sriov-network-operator';
  if (operatorTraces.length === 0) return ok(check, 'no trace of the SR-IOV network operator');
  return warning(
    check,
    `The SR-IOV network operator looks after this node (${operatorTraces.join(', ')}): it makes VFs anew when its policies change, which takes them from pods, and copies its own sriov-cni over the plugin.`,
    [
      'kubectl -n sriov-network-operator set env deployment/sriov-network-operator SRIOV_CNI_IMAGE=IMAGE  # an image that installs this plugin; on OpenShift: -n openshift-sriov-network-operator',
    ],
  );
}
