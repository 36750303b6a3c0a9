import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { decode } from '../../../schemas/decode.ts';
import { Result } from '../../../schemas/result.ts';
import { VlanId } from '../../../schemas/words.ts';

const Inner = z.object({ someKey: z.optional(z.string({ error: 'a text' })) }, { error: 'an object' });
const Outer = z.object({
  vlanQoS: z.optional(VlanId),
  mustBe: z.optional(z.string({ error: 'a text' })),
  inner: z.optional(Inner),
  list: z.optional(z.array(Inner, { error: 'a list' })),
  lenient: z.catch(z.optional(VlanId), undefined),
  oneOrMany: z.optional(
    z.pipe(
      z.union([z.array(Inner), Inner, z.number()], { error: 'an object, a list of objects or a number' }),
      z.transform((given) => [given].flat()),
    ),
  ),
});

test.each([
  ['keys in any capitals', { VLANQOS: 1, Inner: { SOMEKEY: 'x' } }, { vlanQoS: 1, inner: { someKey: 'x' } }],
  ['keys in any capitals in lists', { LIST: [{ SomeKEY: 'x' }] }, { list: [{ someKey: 'x' }] }],
  ['the last of several spellings', { vlanqos: 1, VlanQoS: 2, vlanQoS: 3 }, { vlanQoS: 3 }],
  ['null as absent', { vlanQoS: null, inner: { someKey: null } }, { inner: {} }],
  ['the empty text as absent', { vlanQoS: '', inner: '', mustBe: '' }, {}],
  ['keys of others not at all', { other: { deep: 1 }, vlanQoS: 5 }, { vlanQoS: 5 }],
  ['what may be wrong as absent', { lenient: 'x' }, {}],
  [
    'lists within a union as lists',
    { oneOrMany: [{ SomeKey: 'x', other: 1 }] },
    { oneOrMany: [{ someKey: 'x' }] },
  ],
  [
    'objects within a union as objects',
    { OneOrMany: { SOMEKEY: 'x', some: 1 } },
    { oneOrMany: [{ someKey: 'x' }] },
  ],
  ['what else is in a union as it is', { oneOrMany: 5 }, { oneOrMany: [5] }],
])('decode takes %s', (_title, value, expected) => {
  expect(JSON.parse(JSON.stringify(decode(Outer, value, 'netconf')))).toEqual(expected);
});

function messageOf(value: unknown): string {
  try {
    decode(Outer, value, 'netconf');
    return '';
  } catch (cause) {
    expect(cause).toMatchObject({ fault: 'netconf' });
    return (cause as Error).message;
  }
}

test('decode tells all problems at once, with the path to each', () => {
  expect(messageOf({ VLANQoS: 9999, inner: { somekey: 1 }, list: [{}, { someKey: [] }] })).toBe(
    [
      'vlanQoS: expected a whole number from 0 to 4094, got 9999',
      'inner.someKey: expected a text, got 1',
      'list[1].someKey: expected a text, got []',
    ].join('; '),
  );
});

test.each([
  [[{}, { someKey: 1 }], 'oneOrMany[1].someKey: expected a text, got 1'],
  [{ SOMEKEY: 1 }, 'oneOrMany.someKey: expected a text, got 1'],
  ['x', 'oneOrMany: expected an object, a list of objects or a number, got "x"'],
])('decode tells of a union what is wrong within the member of the same kind: %j', (oneOrMany, problem) => {
  expect(messageOf({ oneOrMany })).toBe(problem);
});

test('decode quotes no more of a wrong value than a line can hold', () => {
  expect(messageOf({ mustBe: Array.from({ length: 100 }, () => 'long') }).length).toBeLessThan(150);
});

test('decode says that too much is wrong where it cannot name it all', () => {
  const list = Array.from({ length: 500_000 }, () => 5);
  expect(messageOf({ list })).toBe('expected lists of proper values, got more wrong ones than can be named');
});

test('the empty text does not stand for what must be there', () => {
  const Name = z.object({ name: z.string({ error: 'a name' }).check(z.minLength(1, 'a name')) });
  expect(() => decode(Name, { name: '' }, 'netconf')).toThrow('name: expected a name, got ""');
  expect(() => decode(Name, {}, 'netconf')).toThrow('name: expected a name, got nothing');
});

test('a CNI result of a Go program is understood: null lists, null and empty texts, keys of older versions', () => {
  const value = {
    cniVersion: '0.4.0',
    interfaces: [{ Name: 'net1', mac: '', sandbox: null }],
    ips: [{ version: '4', interface: 0, address: '10.0.0.2/24', gateway: null }],
    routes: null,
    dns: {},
  };
  expect(decode(Result, value, 'netconf')).toEqual({
    interfaces: [{ name: 'net1' }],
    ips: [{ interface: 0, address: '10.0.0.2/24' }],
    routes: [],
    dns: {},
  });
});
