import { expect, test } from 'vitest';
import { networkFileOf } from '../../../../src/host/node/network-files.ts';
import { placesIn } from '../../../../src/host/node/runtimes.ts';

const CONTAINERD = `version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "/usr/lib/cni"
  # bin_dir = "/opt/cni/bin"
  conf_dir = "/etc/cni/net.d"
`;
const CRIO = `[crio.network]
network_dir = "/etc/cni/net.d/"
plugin_dirs = [
  "/opt/cni/bin/",
  "/usr/libexec/cni",
]
`;

test.for([
  ['containerd', CONTAINERD, { plugins: ['/usr/lib/cni'], networks: ['/etc/cni/net.d'] }],
  [
    'containerd 2.1',
    "bin_dirs = ['/opt/cni/bin', '/x']\n",
    { plugins: ['/opt/cni/bin', '/x'], networks: [] },
  ],
  ['CRI-O', CRIO, { plugins: ['/opt/cni/bin', '/usr/libexec/cni'], networks: ['/etc/cni/net.d'] }],
  ['a runtime that says nothing', '# plugin_dirs = ["/x"]\n', { plugins: [], networks: [] }],
] as const)('%s says where plugins and networks are', ([, toml, places]) => {
  expect(placesIn(toml)).toEqual(places);
});

const path = '/etc/cni/net.d/10.conf';

test.for([
  [
    'a configuration',
    '{"name":"n","type":"sriov","ipam":{"type":"static"}}',
    { network: 'n', plugins: [{ type: 'sriov', ipamType: 'static' }] },
  ],
  [
    'a list',
    '{"name":"n","plugins":[{"type":"sriov"},{"type":"tuning"}]}',
    { network: 'n', plugins: [{ type: 'sriov' }, { type: 'tuning' }] },
  ],
  ['one without plugins', '{"name":"n"}', { plugins: [], problem: 'it names no plugin (type)' }],
  ['another document', '[]', { plugins: [], problem: 'it is no JSON object' }],
  ['no JSON', '{', { plugins: [], problem: expect.stringContaining('JSON') }],
] as const)('%s is read as what it is', ([, text, expected]) => {
  expect(networkFileOf({ path, text })).toEqual({ path, ...expected });
});

test('a file that cannot be read tells why', () => {
  const unreadable = 'EIO: i/o error, read';
  expect(networkFileOf({ path, text: '', unreadable })).toEqual({ path, plugins: [], problem: unreadable });
});
