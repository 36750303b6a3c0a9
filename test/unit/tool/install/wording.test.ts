import { describe, expect, test } from 'vitest';
import type { Program } from '../../../../src/tool/executable/program-at.ts';
import { placeOf } from '../../../../src/tool/install/place.ts';
import {
  elsewhereText,
  failureText,
  installedText,
  progressText,
  rolledBackText,
  uninstalledText,
} from '../../../../src/tool/install/wording.ts';

const place = placeOf('/opt/cni/bin', 'sriov');
const none: Program = { kind: 'none' };
const ours: Program = { kind: 'ours', version: '0.1.0' };
const theirs: Program = { kind: 'another', what: 'another program' };

describe('after an install the way back is told', () => {
  test.each([
    ['/opt/cni/bin', 'sriov', 'sriov install --roll-back'],
    ['/usr/lib/cni', 'sriov', 'sriov install --roll-back --to /usr/lib/cni'],
    ['/opt/cni/bin', 'next', 'sriov install --roll-back --name next'],
  ])('as it is typed for %s/%s', (directory, name, line) => {
    const installed = {
      change: 'done',
      identity: '',
      kept: { program: theirs, under: `${directory}/.${name}.previous` },
    } as const;
    expect(installedText(placeOf(directory, name), installed, '0.2.0')).toBe(
      `Installed version 0.2.0 as ${directory}/${name}.\nWhat was there, another program, is ${directory}/.${name}.previous now: "${line}" brings it back.\n`,
    );
  });

  test('only if something was there', () => {
    const installed = { change: 'done', identity: '', kept: { program: none } } as const;
    expect(installedText(place, installed, '0.2.0')).toBe('Installed version 0.2.0 as /opt/cni/bin/sriov.\n');
  });
});

test.each([
  ['/usr/lib/cni', 'sriov', 'sriov install --to /usr/lib/cni'],
  ['/opt/cni/bin', 'next', 'sriov install --name next'],
])('a runtime that looks in %s for %s is told with what it wants', (directory, name, line) => {
  const path = { of: '/etc/containerd/config.toml', directories: [directory, '/x'] };
  expect(elsewhereText(placeOf('/usr/libexec/cni', name), path)).toBe(
    `note: By /etc/containerd/config.toml the runtime looks for plugins in ${directory}, and not in /usr/libexec/cni. For that runtime: ${line}\n`,
  );
});

test('a roll-back to where nothing is any more has nothing to keep', () => {
  expect(rolledBackText(place, { kept: { program: none }, to: ours })).toBe(
    '/opt/cni/bin/sriov is version 0.1.0 again.\n',
  );
});

test('uninstall tells each file', () => {
  const gone = { hostLocal: 'restored', removed: ours, removedPrevious: ours, restored: none } as const;
  expect(uninstalledText(place, gone)).toBe(
    '/opt/cni/bin/host-local is again what it was.\nRemoved /opt/cni/bin/sriov, version 0.1.0.\nRemoved /opt/cni/bin/.sriov.previous, version 0.1.0.\n',
  );
});

test.each([
  ['ENOSPC', 'Cannot install /x: ENOSPC: no. Free space there'],
  [
    'EROFS',
    'Cannot install /x: EROFS: no. It is mounted read-only: install into a directory that can be written (--to)',
  ],
  ['EACCES', 'Cannot install /x: EACCES: no. Run this as root, and see whether a security module forbids it'],
  ['EIO', 'Cannot install /x: EIO: no'],
])('%s is told with what to do, where we know it', (code, sentence) => {
  expect(failureText('install /x', Object.assign(new Error(`${code}: no`), { code }))).toBe(sentence);
});

test('progress never tells more than all', () => {
  expect(progressText(0, 134_876_352)).toBe('copying: 0 of 135 MB\n');
  expect(progressText(134_876_352, 134_876_352)).toBe('copying: 134 of 135 MB\n');
});
