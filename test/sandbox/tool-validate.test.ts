/** What `sriov validate` tells a person, and a program. */
import { execa } from 'execa';
import { describe, expect } from 'vitest';
import { EXECUTABLE } from './machine.ts';
import { put, test, validate } from './validating.ts';

const SOUND = '{ "type": "sriov", "cniVersion": "1.0.0", "name": "blue", "vlan": 100 }\n';
const WRONG = `{
  "type": "sriov", "cniVersion": "1.0.0", "name": "blue",
  "vlan": 4095, "spofchk": "on"
}
`;
const NETWORK = `apiVersion: k8s.cni.cncf.io/v1
kind: NetworkAttachmentDefinition
metadata:
  name: blue
  annotations:
    k8s.v1.cni.cncf.io/resourceName: example.com/vfs
spec:
  config: |
    { "type": "sriov", "cniVersion": "1.0.0", "vlan": 100,
      "ipam": { "type": "host-local", "subnet": "10.20.30.0/25",
                "routes": [{ "dst": "0.0.0.0/0" }], "gateway": "10.20.10.1" } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: multus }
`;
const SHARED =
  'net.yaml:10:49: warning: Every node that has this network hands out the addresses of 10.20.30.0/25 by itself: two pods may get the same one. Make a network for each node with its own rangeStart and rangeEnd (and resourceName), or use an ipam for the cluster, such as whereabouts [shared-range]';
const DEFAULT_ROUTE = `net.yaml:11:37: warning: The route to 0.0.0.0/0 takes the pod's default route from the cluster network. Name the networks behind this one instead, or give the route a "priority" above 0 [default-route]`;
const GATEWAY =
  'net.yaml:11:64: warning: The gateway 10.20.10.1 is outside the subnet 10.20.30.0/25. It works here, by a route of its own on the link; sriov-cni and bridge fail at a route through it. If it is no mistake, leave it [gateway-outside-subnet]';

describe.concurrent('sriov validate', () => {
  test('tells mistakes as a compiler does, and how many there are', async ({ directory }) => {
    await put(directory, { 'net.json': WRONG, 'net.yaml': NETWORK });
    const { code, lines } = await validate({ directory, args: ['net.json', 'net.yaml'] });
    expect(lines).toEqual([
      'net.json:3:11: error: vlan: expected a whole number from 0 to 4094, got 4095 [wrong-value]',
      'net.json:3:17: warning: Unknown key "spofchk" is ignored: is spoofchk meant? [unknown-key]',
      SHARED,
      DEFAULT_ROUTE,
      GATEWAY,
      '2 files, 2 configurations of sriov, 1 document passed over: 1 error, 4 warnings',
    ]);
    expect(code).toBe(3);
  });

  test('-o wide also tells what is passed over', async ({ directory }) => {
    await put(directory, { 'net.yaml': NETWORK });
    const { lines } = await validate({ directory, args: ['-o', 'wide', 'net.yaml'] });
    expect(lines.slice(3)).toEqual([
      'net.yaml:13:1: note: DaemonSet "multus" is passed over',
      '1 file, 1 configuration of sriov, 1 document passed over: 0 errors, 3 warnings',
    ]);
  });

  test('-o json and -o yaml are a list for programs', async ({ directory }) => {
    await put(directory, { 'net.json': WRONG });
    const json = await validate({ directory, args: ['-o', 'json', 'net.json'] });
    expect(JSON.parse(json.stdout)).toEqual([
      {
        file: 'net.json',
        line: 3,
        column: 11,
        severity: 'error',
        rule: 'wrong-value',
        path: 'vlan',
        problem: 'vlan: expected a whole number from 0 to 4094, got 4095',
      },
      {
        file: 'net.json',
        line: 3,
        column: 17,
        severity: 'warning',
        rule: 'unknown-key',
        path: 'spofchk',
        problem: 'Unknown key "spofchk" is ignored: is spoofchk meant?',
      },
    ]);
    const yaml = await validate({ directory, args: ['-o', 'yaml', 'net.json'] });
    expect(yaml.lines.slice(0, 4)).toEqual([
      '- file: net.json',
      '  line: 3',
      '  column: 11',
      '  severity: error',
    ]);
    expect([json.code, yaml.code]).toEqual([3, 3]);
  });

  test('an empty list is a list', async ({ directory }) => {
    await put(directory, { 'net.json': SOUND });
    expect(await validate({ directory, args: ['-o', 'json', 'net.json'] })).toMatchObject({
      code: 0,
      stdout: '[]',
    });
  });

  test('reads standard input for -, whatever it is', async ({ directory }) => {
    const read = (input: string) => validate({ directory, args: ['-'], input });
    expect((await read(SOUND)).lines).toEqual(['1 file, 1 configuration of sriov: 0 errors, 0 warnings']);
    expect((await read(NETWORK)).lines[0]).toBe(SHARED.replace('net.yaml', '<stdin>'));
    expect((await read('')).lines[0]).toBe('<stdin>:1:1: error: There is nothing in it [no-configuration]');
  });
});

describe.concurrent('the exit code is', () => {
  test.for<[number, string, readonly string[]]>([
    [0, 'nothing is wrong', ['sound.json']],
    [0, 'there are warnings', ['net.yaml']],
    [3, 'there are warnings, and they are to count', ['--strict', 'net.yaml']],
    [3, 'there are errors', ['sound.json', 'wrong.json']],
    [1, 'a file cannot be read, errors or not', ['wrong.json', 'none.json']],
    [2, 'no file is named', []],
    [2, 'an option is unknown', ['--stict', 'sound.json']],
    [2, 'a format is unknown', ['-o', 'xml', 'sound.json']],
  ])('%d if %s', async ([code, , args], { directory }) => {
    await put(directory, { 'sound.json': SOUND, 'wrong.json': WRONG, 'net.yaml': NETWORK });
    expect((await validate({ directory, args })).code).toBe(code);
  });

  test('1, and the other files are looked at all the same', async ({ directory }) => {
    await put(directory, { 'wrong.json': WRONG });
    const { code, lines, stderr } = await validate({ directory, args: ['none.json', '.', 'wrong.json'] });
    expect(code).toBe(1);
    expect(lines[0]).toMatch(/^wrong\.json:3:11: error: /);
    expect(stderr.split('\n')).toEqual([
      'error: Cannot read none.json: no such file',
      'error: Cannot read .: it is a directory. Name the files in it',
    ]);
  });
});

describe.concurrent('colours', () => {
  const onTerminal = async (directory: string, environment: Readonly<Record<string, string>>) => {
    const command = `${EXECUTABLE} validate net.json`;
    const { stdout } = await execa('/usr/bin/script', ['-qec', command, '/dev/null'], {
      cwd: directory,
      env: { PATH: '/usr/bin', TERM: 'xterm', ...environment },
      extendEnv: false,
      reject: false,
    });
    return stdout;
  };

  test('are for a terminal alone, and not if it is not to have any', async ({ directory }) => {
    await put(directory, { 'net.json': WRONG });
    expect(await onTerminal(directory, {})).toContain('\u001b[31merror:\u001b[39m vlan: expected');
    expect(await onTerminal(directory, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect((await validate({ directory, args: ['net.json'] })).stdout).not.toContain('\u001b');
  });

  test('are ours: what a file says cannot bring any', async ({ directory }) => {
    await put(directory, {
      'net.json': '{ "type": "sriov", "name": "\u009b31m\\u001b[2J", "cniVersion": "1.0.0" }',
    });
    const { lines } = await validate({ directory, args: ['net.json'] });
    expect(lines[0]).toMatch(/^net\.json:1:28: error: name: .* got "\ufffd31m\\u001b\[2J" \[wrong-value\]$/);
  });
});

test('--help has examples and the exit codes', async ({ directory }) => {
  const { code, stdout } = await validate({ directory, args: ['--help'] });
  expect(code).toBe(0);
  for (const part of ['Usage: sriov validate [options] <file...>', '--strict', 'Exit code 3', 'Examples:']) {
    expect(stdout).toContain(part);
  }
});
