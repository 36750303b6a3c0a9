import { describe, expect, test } from 'vitest';
import { answerOf, MINIMAL, notReached, requestOf } from './calls.ts';

const attachment = { network: 'net', containerId: 'pod-a', ifName: 'net1' };

describe('ADD', () => {
  test('the attachment, the sandbox as it was given, the configuration, what CNI_ARGS asks for', async () => {
    const env = { CNI_ARGS: 'IgnoreUnknown=1;MAC=0A-00-00-00-00-01;IP=10.0.0.5' };
    expect(await requestOf({ env })).toEqual({
      command: 'ADD',
      attachment,
      sandbox: '/run/netns/a',
      conf: MINIMAL,
      cniArgs: { mac: '0a:00:00:00:00:01', ips: ['10.0.0.5'] },
    });
  });

  test('the plugin that gives the addresses, and the whole configuration for it', async () => {
    const conf = { ...MINIMAL, ipam: { type: 'whereabouts', range: '10.0.0.0/24' } };
    expect(await requestOf({ conf })).toMatchObject({
      conf: MINIMAL,
      delegate: { type: 'whereabouts', netconf: conf },
    });
  });

  test('what the plugins before it in a chain answered', async () => {
    const prevResult = { interfaces: [{ name: 'br0' }], ips: [], routes: [] };
    expect(await requestOf({ conf: { ...MINIMAL, prevResult } })).toMatchObject({ prevResult });
  });
});

describe('CHECK', () => {
  const checked = (prevResult: unknown) => requestOf({ command: 'CHECK', conf: { ...MINIMAL, prevResult } });

  test('takes prevResult of the versions that have CHECK', async () => {
    const ips = [{ version: '4', interface: 0, address: '10.0.0.2/24' }];
    const prevResult = { cniVersion: '0.4.0', interfaces: [{ name: 'net1' }], ips, dns: {} };
    expect(await checked(prevResult)).toMatchObject({
      command: 'CHECK',
      prevResult: {
        interfaces: [{ name: 'net1' }],
        ips: [{ interface: 0, address: '10.0.0.2/24' }],
        routes: [],
      },
    });
  });

  test.each([undefined, null])('leaves it to the subject to miss it: %s', async (prevResult) => {
    expect(await checked(prevResult)).toMatchObject({ prevResult: undefined });
  });

  test('refuses one that is no result', async () => {
    const conf = { ...MINIMAL, prevResult: { ips: [{ address: 'x' }] } };
    const { answer } = await answerOf({ command: 'CHECK', conf }, notReached);
    expect(answer).toMatchObject({ code: 7, details: expect.stringContaining('ips[0].address') });
  });
});

describe('DEL', () => {
  test('needs no field of the configuration but the name', async () => {
    const conf = {
      name: 'net',
      cniVersion: '9.9.9',
      deviceID: 7,
      vlan: 'x',
      ipam: { type: 'gone' },
      min_tx_rate: 1,
    };
    const env = { CNI_NETNS: undefined, CNI_ARGS: 'MAC=x' };
    const request = await requestOf({ command: 'DEL', conf, env });
    expect(JSON.parse(JSON.stringify(request))).toEqual({
      command: 'DEL',
      attachment,
      conf: { name: 'net', ipam: { type: 'gone' } },
      delegate: { type: 'gone', netconf: conf, cniArgs: 'MAC=x' },
    });
  });

  test.each(['', '/run/netns/gone'])('tells the sandbox as it was given: %j', async (CNI_NETNS) => {
    expect(await requestOf({ command: 'DEL', env: { CNI_NETNS } })).toMatchObject({ sandbox: CNI_NETNS });
  });
});

describe('GC', () => {
  const pair = { containerID: 'pod-a', ifname: 'net1' };
  const KEY = 'cni.dev/valid-attachments';

  test.each([
    ['said nothing', {}, undefined],
    ['sent null: there are none', { [KEY]: null }, []],
    ['sent an empty list', { [KEY]: [] }, []],
    ['named some', { [KEY]: [pair] }, [pair]],
    ['used the older key', { 'cni.dev/attachments': [pair] }, [pair]],
    ['used both keys: the newer counts', { 'cni.dev/attachments': [], [KEY]: [pair] }, [pair]],
  ])('of a runtime that %s', async (_title, keys, valid) => {
    const request = await requestOf({ command: 'GC', conf: { ...MINIMAL, ...keys } });
    expect(request).toMatchObject({ command: 'GC', network: 'net' });
    expect(request.command === 'GC' && request.valid).toEqual(valid);
  });

  test('tells the plugin that gave the addresses, with the list that it needs', async () => {
    const conf = { ...MINIMAL, ipam: { type: 'whereabouts' }, [KEY]: [pair] };
    expect(await requestOf({ command: 'GC', conf })).toMatchObject({
      delegate: { type: 'whereabouts', netconf: conf },
    });
  });

  test.each([{}, 'x', [{}], [{ containerID: 'a' }], [pair, 5]])(
    'is refused when the list is %j, for it would end living attachments',
    async (list) => {
      const { answer } = await answerOf({ command: 'GC', conf: { ...MINIMAL, [KEY]: list } }, notReached);
      expect(answer).toMatchObject({ code: 7, details: expect.stringContaining(`${KEY}: expected a list`) });
    },
  );
});

test('STATUS takes a configuration without a device', async () => {
  const conf = { cniVersion: '1.1.0', name: 'net', type: 'sriov' };
  expect(await requestOf({ command: 'STATUS', conf })).toMatchObject({
    command: 'STATUS',
    conf: { name: 'net' },
  });
});

describe('STATUS', () => {
  const ipam = { type: 'host-local', subnet: '10.0.0.0/24' };

  test('tells the ranges of our own store', async () => {
    expect(await requestOf({ command: 'STATUS', conf: { ...MINIMAL, ipam } })).toMatchObject({ ipam });
  });

  test('tells every problem of ranges at once', async () => {
    const conf = { ...MINIMAL, ipam: { ...ipam, rangeStart: '10.9.0.1', rangeEnd: 'x' } };
    const { answer } = await answerOf({ command: 'STATUS', conf }, notReached);
    expect(answer).toMatchObject({ code: 7, details: 'ipam.rangeEnd: expected an IP address, got "x"' });
  });
});
