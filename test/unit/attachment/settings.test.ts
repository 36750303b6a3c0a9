/** Settings through the PF: what is written, and what a driver that lacks one makes of it. */
import { describe, expect, test } from 'vitest';
import type { VfSettings } from '../../../schemas/record.ts';
import { add } from '../../../src/attachment/add.ts';
import type { ShownByPf } from '../../../src/attachment/observed.ts';
import { differing } from '../../../src/attachment/plan.ts';
import { vfAt } from '../../../src/model/machine.ts';
import { createNode, traceOf } from '../../fakes/fake-world.ts';
import { addRequest, type Keys } from '../../fakes/requests.ts';

const NO_VLAN = { mac: '02:00:00:00:01:00', vlan: { id: 0, qos: 0 } };

describe('of a driver that does not show a setting, nothing is asked that it does anyway (PAIN-23, PAIN-24)', () => {
  test.each<[VfSettings, boolean]>([
    [{ spoofchk: 'off' }, true],
    [{ spoofchk: 'on' }, false],
    [{ trust: 'off' }, true],
    [{ trust: 'on' }, false],
    [{ linkState: 'auto' }, true],
    [{ linkState: 'disable' }, false],
    [{ minTxRate: 0, maxTxRate: 0 }, true],
    [{ maxTxRate: 1000 }, false],
    [{ vlan: { id: 0, qos: 0 } }, true],
  ])('%j: %s', (wanted, isSo) => {
    expect(differing(wanted, NO_VLAN)).toEqual(isSo ? {} : wanted);
    expect(differing(wanted, undefined)).toEqual(isSo ? {} : wanted);
  });
});

type Shown = Partial<Omit<ShownByPf, 'mac'>>;

test.each<[Shown, Shown]>([
  [{ vlan: { id: 5, qos: 0 } }, { vlan: { id: 5, qos: 0, protocol: '802.1ad' } }],
  [{ vlan: { id: 5, qos: 0 } }, { vlan: { id: 5, qos: 1 } }],
  [{ linkState: 'auto' }, { linkState: 'enable' }],
  [{ maxTxRate: 0 }, { maxTxRate: 100 }],
])('%j is written where the PF shows %j', (wanted, other) => {
  expect(differing(wanted, { ...NO_VLAN, ...other })).toEqual(wanted);
  expect(differing(wanted, { ...NO_VLAN, ...wanted })).toEqual({});
});

test.each<[Keys, RegExp]>([
  [{ link_state: 'enable' }, /link state enable: EOPNOTSUPP/],
  [{ max_tx_rate: 100 }, /greatest transmit rate 100 Mbit\/s: EOPNOTSUPP/],
  [{ spoofchk: 'on' }, /spoofchk on: EOPNOTSUPP/],
])('ADD with %j on a driver that lacks it fails, and leaves nothing behind', async (conf, message) => {
  const lacking = () => {
    const node = createNode();
    Object.assign(vfAt(node.machine), {
      linkState: undefined,
      minTxRate: undefined,
      maxTxRate: undefined,
      spoofchk: undefined,
    });
    return node;
  };
  const node = lacking();
  await expect(add(addRequest({ conf }), node.world)).rejects.toMatchObject({
    fault: 'kernel-refused',
    message: expect.stringMatching(message),
  });
  expect(traceOf(node)).toEqual(traceOf(lacking()));
});
