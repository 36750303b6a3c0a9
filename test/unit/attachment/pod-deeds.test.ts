import { describe, expect, test } from 'vitest';
import { del } from '../../../src/attachment/del.ts';
import { type Homecoming, kill, setDown } from '../../../src/model/accidents.ts';
import { newLink, POD_A, sandboxAt, vfAt } from '../../../src/model/machine.ts';
import { type Node, traceOf } from '../../fakes/fake-world.ts';
import { delRequest } from '../../fakes/requests.ts';
import { attachedNode, CASES, untouchedNode } from './lives.ts';

const { call } = CASES['every setting'];

describe('DEL undoes what a program in the pod did to the link', () => {
  const deeds: readonly [string, (node: Node) => void][] = [
    ['another name', ({ machine }) => void Object.assign(vfAt(machine).link, { name: 'renamed' })],
    ['the name of the PF', ({ machine }) => void Object.assign(vfAt(machine).link, { name: 'enp1s0' })],
    ['the name of another VF', ({ machine }) => void Object.assign(vfAt(machine).link, { name: 'enp1s0v1' })],
    ['another MTU', ({ machine }) => void Object.assign(vfAt(machine).link, { mtu: 1280 })],
    ['down', ({ machine }) => setDown(machine, vfAt(machine).link)],
    ['promiscuous', ({ machine }) => void Object.assign(vfAt(machine).link, { isPromiscuous: true })],
    ['all multicast', ({ machine }) => void Object.assign(vfAt(machine).link, { isAllMulticast: true })],
    ['another alias', ({ machine }) => void Object.assign(vfAt(machine).link, { alias: 'mine' })],
    ['an altname', ({ machine }) => void vfAt(machine).link.altnames.push('extra')],
    ['its host name as altname', ({ machine }) => void vfAt(machine).link.altnames.push('enp1s0v0')],
    ['the name of the PF as altname', ({ machine }) => void vfAt(machine).link.altnames.push('enp1s0')],
    ['more addresses', ({ machine }) => void vfAt(machine).link.addresses.push('192.0.2.1/24')],
    [
      'a foreign link under the name of the interface',
      ({ machine }) => {
        Object.assign(vfAt(machine).link, { name: 'away' });
        sandboxAt(machine).links.push(newLink({ name: 'net1' }));
      },
    ],
  ];
  const homecomings: readonly [string, Homecoming | undefined][] = [
    ['the sandbox lives', undefined],
    ['the sandbox died', { afterMs: 300 }],
    ['the sandbox died, with udev', { afterMs: 300, udevAfterMs: 15 }],
  ];
  const table = deeds.flatMap(([title, deed]) =>
    homecomings.map(([fate, homecoming]) => ({ title, deed, fate, homecoming })),
  );

  test.each(table)('$title; $fate', async ({ deed, homecoming }) => {
    const node = await attachedNode(call);
    deed(node);
    if (homecoming) kill(node.machine, POD_A, homecoming);
    await del(delRequest(call), node.world);
    const expected = untouchedNode(({ machine }) => {
      if (homecoming) kill(machine, POD_A);
      else if (deed === deeds.at(-1)?.[1]) sandboxAt(machine).links.push(newLink({ name: 'net1' }));
    });
    expect(traceOf(node)).toEqual(expected);
  });
});

test('DEL takes the VF home, not a link of the pod that imitates name, MAC and alias', async () => {
  const node = await attachedNode(call);
  const { machine } = node;
  const { mac, alias } = vfAt(machine).link;
  vfAt(machine).link.name = 'net7';
  sandboxAt(machine).links.unshift(newLink({ name: 'net1', mac, alias }));
  await del(delRequest(call), node.world);
  expect(machine.home.links).toContain(vfAt(machine).link);
  expect(sandboxAt(machine).links.map(({ name }) => name)).toEqual(['net1', 'lo', 'eth0']);
});
