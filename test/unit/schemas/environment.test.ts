import { describe, expect, test } from 'vitest';
import {
  COMMANDS,
  mayUseOwnNetns,
  parseArguments,
  parseCniArgs,
  parseCommand,
  parseIdentity,
} from '../../../schemas/environment.ts';

const ALL = { CNI_CONTAINERID: 'pod-a', CNI_NETNS: '/run/netns/a', CNI_IFNAME: 'net1' };

test.each(COMMANDS)('%s is known', (command) => {
  expect(parseCommand({ ...ALL, CNI_COMMAND: command })).toBe(command);
});

test.each(['add', 'UPDATE', '', undefined])('%j is no command', (command) => {
  expect(() => parseCommand({ ...ALL, CNI_COMMAND: command })).toThrow(
    expect.objectContaining({
      fault: 'environment',
      message: `Unknown CNI_COMMAND "${command ?? ''}": expected one of ADD, DEL, CHECK, GC, STATUS, VERSION`,
    }),
  );
});

test.each([
  ['ADD', 'CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME'],
  ['CHECK', 'CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME'],
  ['DEL', 'CNI_CONTAINERID, CNI_IFNAME'],
])('%s tells all variables that are missing or empty: %s', (command, names) => {
  for (const env of [{}, { CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '' }]) {
    expect(() => parseCommand({ ...env, CNI_COMMAND: command })).toThrow(`${command} requires ${names}`);
  }
});

test.each(['GC', 'STATUS', 'VERSION'])('%s requires no more than the command', (command) => {
  expect(parseCommand({ CNI_COMMAND: command })).toBe(command);
});

test('DEL does without a namespace, and nothing requires CNI_PATH', () => {
  expect(parseCommand({ CNI_COMMAND: 'DEL', CNI_CONTAINERID: 'a', CNI_IFNAME: 'b' })).toBe('DEL');
});

describe('identity', () => {
  test('is container and interface', () => {
    expect(parseIdentity(ALL)).toEqual({ containerId: 'pod-a', ifName: 'net1' });
  });

  test('tells everything that is wrong with it', () => {
    expect(() => parseIdentity({ CNI_CONTAINERID: '../x', CNI_IFNAME: 'a/b' })).toThrow(
      /CNI_CONTAINERID: expected .*, got "\.\.\/x"; CNI_IFNAME: expected an interface name.*, got "a\/b"/,
    );
  });
});

describe('CNI_ARGS', () => {
  test.each([
    ['nothing', undefined, {}],
    ['an empty text', '', {}],
    ['pairs', 'IgnoreUnknown=1;K8S_POD_NAME=p', { IgnoreUnknown: '1', K8S_POD_NAME: 'p' }],
    ['a key twice: the last counts', 'A=1;A=2', { A: '2' }],
    ['empty pairs', ';;A=1;', { A: '1' }],
    ['values with "="', 'A=b=c=', { A: 'b=c=' }],
    ['a key without value', 'A;B=', { A: '', B: '' }],
  ])('may be %s', (_title, text, expected) => {
    expect(Object.fromEntries(parseCniArgs({ CNI_ARGS: text }))).toEqual(expected);
  });

  test.each([
    ['neither', 'A=1', undefined, []],
    ['empty ones as none', 'MAC=;IP=', undefined, []],
    ['a MAC in any notation', 'MAC=0A-00-00-00-00-01;A=1', '0a:00:00:00:00:01', []],
    ['a MAC twice: the last counts', 'MAC=x;MAC=0a:00:00:00:00:01', '0a:00:00:00:00:01', []],
    ['an address', 'IP=10.0.0.5', undefined, ['10.0.0.5']],
    [
      'several, with or without length',
      'IP=10.0.0.5/24,2001:db8::5',
      undefined,
      ['10.0.0.5/24', '2001:db8::5'],
    ],
    ['addresses among empty ones', 'IP=,10.0.0.5,', undefined, ['10.0.0.5']],
    ['addresses twice: the last counts', 'IP=10.0.0.5;IP=10.0.0.6', undefined, ['10.0.0.6']],
  ])('may hold a MAC and addresses: %s', (_title, CNI_ARGS, mac, ips) => {
    expect(parseArguments({ CNI_ARGS })).toEqual({ mac, ips });
  });

  test('with a MAC or addresses that are none are refused, and the places are named', () => {
    expect(() => parseArguments({ CNI_ARGS: 'MAC=x;IP=10.0.0.5,y' })).toThrow(
      expect.objectContaining({
        fault: 'environment',
        message:
          'CNI_ARGS.MAC: expected a unicast MAC address such as 02:00:00:00:00:01, got "x"; ' +
          'CNI_ARGS.IP[1]: expected an IP address, got "y"',
      }),
    );
  });
});

test.each([
  ['1', true],
  ['TRUE', true],
  ['true', true],
  ['0', false],
  ['', false],
  [undefined, false],
])('CNI_NETNS_OVERRIDE=%s: %s', (CNI_NETNS_OVERRIDE, expected) => {
  expect(mayUseOwnNetns({ CNI_NETNS_OVERRIDE })).toBe(expected);
});
