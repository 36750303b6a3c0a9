/** The JSON Schema of the configuration as an editor uses it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromJSONSchema } from 'zod';

const path = `${import.meta.dirname}/../../../schemas/json/netconf.schema.json`;
const schema = fromJSONSchema(JSON.parse(readFileSync(path, 'utf8')));

const NETWORK = {
  $schema: './netconf.schema.json',
  type: 'sriov',
  cniVersion: '1.0.0',
  name: 'sriov-network',
  vlan: 100,
  vlanProto: '802.1ad',
  link_state: 'auto',
  capabilities: { mac: true, ips: true },
  ipam: {
    type: 'host-local',
    ranges: [[{ subnet: '10.20.30.0/25', gateway: '10.20.10.1' }], [{ subnet: '2001:db8::/64' }]],
    routes: [{ dst: '0.0.0.0/0', mtu: 1400 }],
    exclude: ['10.20.30.5', '10.20.30.64/28'],
  },
};

test.for([
  ['a network as users write it, without the device that Multus adds', NETWORK],
  [
    'an ipam of another plugin, with keys of its own',
    { ...NETWORK, ipam: { type: 'whereabouts', range: 'x' } },
  ],
  ['keys of others', { ...NETWORK, labels: {} }],
])('the JSON Schema accepts %s', ([, network]) => {
  expect(schema.safeParse(network)).toMatchObject({ success: true });
});

test.for([
  ['no name', { ...NETWORK, name: undefined }],
  ['a VLAN out of range', { ...NETWORK, vlan: 5000 }],
  ['a word that is none', { ...NETWORK, spoofchk: 'yes' }],
  ['a number as text', { ...NETWORK, max_tx_rate: '100' }],
  ['ranges that are no lists of lists', { ...NETWORK, ipam: { type: 'host-local', ranges: [{}] } }],
])('the JSON Schema refuses %s', ([, network]) => {
  expect(schema.safeParse(network)).toMatchObject({ success: false });
});
