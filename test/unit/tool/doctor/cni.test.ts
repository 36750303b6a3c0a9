import { expect, test } from 'vitest';
import type { OwnDirectory } from '../../../../src/host/node/directories.ts';
import type { NetworkFile } from '../../../../src/host/node/network-files.ts';
import { type CniFacts, cniOutcomes } from '../../../../src/tool/doctor/cni.ts';
import type { PluginFile } from '../../../../src/tool/doctor/plugin-files.ts';
import { cureOf, expectSound, wrong } from './verdicts.ts';

const STATE = '/var/lib/cni/sriov-attachments';
const PLUGIN: PluginFile = { path: '/opt/cni/bin/sriov', is: 'this executable' };
const PATH = {
  of: 'the default',
  directories: ['/opt/cni/bin'],
  names: ['sriov', 'flannel', 'multus-shim'],
  sriov: PLUGIN,
};
const CLUSTER: NetworkFile = {
  path: '/etc/cni/net.d/10-flannel.conflist',
  network: 'cbr0',
  plugins: [{ type: 'flannel' }],
};
const MULTUS: NetworkFile = { path: '/etc/cni/net.d/00-multus.conf', plugins: [{ type: 'multus-shim' }] };
const OWN: OwnDirectory = { path: STATE, found: { uid: 0, mode: 0o700, isDirectory: true } };

const WELL: CniFacts = {
  executable: '/root/sriov',
  version: '0.1.0',
  distribution: 'debian',
  paths: [PATH],
  networks: [MULTUS, CLUSTER],
  networkDirectories: ['/etc/cni/net.d'],
  hasKubelet: true,
  isRoot: true,
  stateDir: OWN,
  storeDir: { path: '/var/lib/cni/networks' },
  policy: { isThere: false },
};

const withPlugin = (sriov: PluginFile): CniFacts => ({ ...WELL, paths: [{ ...PATH, sriov }] });
const withState = (found: Partial<NonNullable<OwnDirectory['found']>>): CniFacts => ({
  ...WELL,
  stateDir: { path: STATE, found: { uid: 0, mode: 0o700, isDirectory: true, ...found } },
});
const withNetwork = (network: NetworkFile): CniFacts => ({ ...WELL, networks: [MULTUS, network] });
const naming = (type: string, ipamType?: string): NetworkFile => ({
  path: '/etc/cni/net.d/20.conf',
  plugins: [{ type, ...(ipamType && { ipamType }) }],
});
const { sriov: _, ...EMPTY_PATH } = PATH;

const CASES: readonly (readonly [title: string, facts: CniFacts, wrong: readonly string[]])[] = [
  ['all in order', WELL, []],
  [
    'no plugin where the runtime looks',
    { ...WELL, paths: [PATH, { ...EMPTY_PATH, of: '/etc/crio/crio.conf' }] },
    ['problem: cni-sriov'],
  ],
  [
    'another version there',
    withPlugin({ ...PLUGIN, is: 'another version', version: '0.0.9' }),
    ['warning: cni-sriov'],
  ],
  ['sriov-cni there', withPlugin({ ...PLUGIN, is: 'another program' }), ['problem: cni-sriov']],
  [
    'a file there that we may not read',
    withPlugin({ ...PLUGIN, is: 'unreadable' }),
    ['not checked: cni-sriov'],
  ],
  ['a file there that cannot be started', withPlugin({ ...PLUGIN, is: 'unfit' }), ['problem: cni-sriov']],
  ['no network and a kubelet', { ...WELL, networks: [] }, ['problem: cni-networks', 'warning: multus']],
  ['no network and no kubelet', { ...WELL, networks: [], hasKubelet: false }, []],
  [
    'a network that is cut off',
    withNetwork({ path: '/x.conf', plugins: [], problem: 'it is cut off' }),
    ['problem: cni-networks'],
  ],
  [
    'a network of a plugin that is not there',
    withNetwork(naming('calico', 'calico-ipam')),
    ['problem: cni-plugins'],
  ],
  ['a network of ours with our own addresses', withNetwork(naming('sriov', 'host-local')), []],
  ['no Multus', { ...WELL, networks: [CLUSTER] }, ['warning: multus']],
  ['no Multus and no kubelet', { ...WELL, networks: [CLUSTER], hasKubelet: false }, []],
  ['no records yet', { ...WELL, stateDir: { path: STATE } }, []],
  ['records that others read', withState({ mode: 0o755 }), ['warning: state-directory']],
  ['records that others write', withState({ mode: 0o775 }), ['problem: state-directory']],
  ['records of somebody else', withState({ uid: 1000 }), ['problem: state-directory']],
  ['a file in the place of records', withState({ isDirectory: false }), ['problem: state-directory']],
  [
    'a disk that is read-only',
    { ...WELL, storeDir: { ...WELL.storeDir, refusal: 'EROFS: read-only file system' } },
    ['problem: writable'],
  ],
  [
    'a person who is not root',
    { ...WELL, isRoot: false },
    ['not checked: writable', 'not checked: writable'],
  ],
  ['a policy', { ...WELL, policy: { isThere: true } }, []],
  [
    'a policy that cannot be believed',
    { ...WELL, policy: { isThere: true, unreadable: 'it is no JSON' } },
    ['problem: policy'],
  ],
];

test.for(CASES)('%s', ([, facts, expected]) => {
  const outcomes = cniOutcomes(facts);
  expect(wrong(outcomes)).toEqual(expected);
  expectSound(outcomes);
});

const cures = (check: string, facts: CniFacts) => cureOf(check, cniOutcomes(facts));

test('a plugin is put where the other one is, in one step', () => {
  const facts = withPlugin({ path: '/usr/libexec/cni/sriov', is: 'another program' });
  expect(cures('cni-sriov', facts)).toBe('/root/sriov install --to /usr/libexec/cni');
});

test('a missing plugin comes from the package of the distribution, but host-local from us', () => {
  const facts = withNetwork(naming('bridge', 'host-local'));
  expect(cures('cni-plugins', { ...facts, distribution: 'rhel' })).toBe(
    'dnf install containernetworking-plugins && cp /usr/libexec/cni/bridge /opt/cni/bin/\nln -s sriov /opt/cni/bin/host-local',
  );
});

test('a policy that others may write is cured where it is open, another is corrected', () => {
  const policy = { isThere: true, unreadable: 'others than root may write to /etc/cni' };
  const cured = { ...WELL, policy: { ...policy, cures: ['chmod go-w /etc/cni'] } };
  expect(cures('policy', cured)).toBe('chmod go-w /etc/cni');
  expect(cures('policy', { ...WELL, policy: { isThere: true, unreadable: 'unknown key "x"' } })).toMatch(
    /^jq \./,
  );
});
