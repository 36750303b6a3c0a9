import { expect, test } from 'vitest';
import { PodName } from '../../../../schemas/environment.ts';
import {
  chosen,
  chosenOrAll,
  filtered,
  noneText,
  parsePod,
} from '../../../../src/tool/attachments/chosen.ts';
import { environmentOf } from '../../../../src/tool/attachments/ending.ts';
import { recordOf } from '../../host/a-record.ts';

const web = { pod: PodName.parse({ namespace: 'default', name: 'web' }) };
const RECORDS = [
  { ...recordOf('0000:01:10.0', 'abcdef123456'), ...web },
  { ...recordOf('0000:01:10.2', 'abcdef123456', 'other'), ...web },
  recordOf('0000:01:10.4', 'abcdef999999'),
  recordOf('0000:01:10.6', 'abc'),
];

const devices = (records: readonly { readonly device: string }[]) =>
  records.map(({ device }) => device.slice(-4));

test.for([
  ['0000:01:10.4', ['10.4']],
  ['0000:01:10.4'.toUpperCase(), ['10.4']],
  ['abcdef123456', ['10.0', '10.2']],
  ['abcdef12', ['10.0', '10.2']],
  ['default/web', ['10.0', '10.2']],
  ['abc', ['10.6']],
] as const)('"%s" means %s', ([text, expected]) => {
  expect(devices(chosen(RECORDS, text))).toEqual(expected);
});

test.for([
  ['abcdef', '"abcdef" may be several containers: abcdef123456, abcdef999999'],
  ['abcde', 'There is no attachment "abcde". See: sriov attachments'],
  ['web', 'There is no attachment "web". See: sriov attachments'],
] as const)('"%s" is refused', ([text, sentence]) => {
  expect(() => chosen(RECORDS, text)).toThrow(sentence);
});

test('without a word all are meant, and each is meant once', () => {
  expect(chosenOrAll(RECORDS, [])).toBe(RECORDS);
  expect(devices(chosenOrAll(RECORDS, ['default/web', '0000:01:10.2']))).toEqual(['10.0', '10.2']);
});

test.for([
  [{}, ['10.0', '10.2', '10.4', '10.6']],
  [{ network: 'net' }, ['10.0', '10.4', '10.6']],
  [{ container: 'abcdef' }, ['10.0', '10.2', '10.4']],
  [{ network: 'other', pod: 'default/web' }, ['10.2']],
  [{ pod: 'default/none' }, []],
] as const)('%o leaves %s', ([filters, expected]) => {
  expect(devices(filtered(RECORDS, filters))).toEqual(expected);
});

test.for([
  [{}, 'Nothing is attached.'],
  [{ network: 'nope' }, 'No attachment of network "nope".'],
  [{ pod: 'a/b', network: 'net' }, 'No attachment of network "net" and pod "a/b".'],
] as const)('where %o leaves none, it is said so', ([filters, sentence]) => {
  expect(noneText(filters)).toBe(sentence);
});

test.for(['web', 'default/', '/web', 'a/b/c'])('"%s" is no NAMESPACE/NAME', (text) => {
  expect(() => parsePod(text)).toThrow('Expected NAMESPACE/NAME');
  expect(parsePod('default/web')).toBe('default/web');
});

test('a DEL gets the identity of the record, and nothing else of our environment than where plugins are', () => {
  const executable = '/opt/cni/bin/sriov';
  const record = recordOf('0000:01:10.0');
  const expected = {
    CNI_COMMAND: 'DEL',
    CNI_CONTAINERID: 'pod-a',
    CNI_IFNAME: 'net1',
    CNI_NETNS: '/run/netns/pod-a',
  };
  expect(environmentOf(record, { executable, env: { HOME: '/root' } })).toEqual({
    ...expected,
    CNI_PATH: '/opt/cni/bin',
  });
  expect(environmentOf(record, { executable, env: { CNI_PATH: '/a:/b' } })).toEqual({
    ...expected,
    CNI_PATH: '/a:/b',
  });
});
