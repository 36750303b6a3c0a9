import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createDeviceInfo } from '../../../src/host/device-info.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';

const INFO = { type: 'pci', version: '1.1.0', pci: { 'pci-address': '0000:af:06.0' } };

function deviceInfoIn(directory = `${emptyDirectory()}/devinfo/cni`) {
  return { directory, path: `${directory}/net-pod_net1`, ...createDeviceInfo(directory) };
}

test('device information is a file that everybody may read, whatever the umask', () => {
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const { directory, path, write } = deviceInfoIn();
  write(path, INFO);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(INFO);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(Object.keys(filesIn(directory))).toEqual(['net-pod_net1']);
});

test('a file that is there stays as it is (F36)', () => {
  const { directory, path, write } = deviceInfoIn();
  write(path, INFO);
  writeFileSync(path, 'of the device plugin');
  write(path, INFO);
  expect(filesIn(directory)).toEqual({ 'net-pod_net1': 'of the device plugin' });
});

test('what a killed process left is in nobody’s way', () => {
  const { directory, path, write } = deviceInfoIn();
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${path}.new`, '{"type": "pc');
  write(path, INFO);
  expect(filesIn(directory)).toEqual({ 'net-pod_net1': `${JSON.stringify(INFO)}\n` });
});

test('it is gone when it was removed, also the second time', () => {
  const { directory, path, write, remove } = deviceInfoIn();
  write(path, INFO);
  remove(path);
  remove(path);
  expect(filesIn(directory)).toEqual({});
});

test.each(['other/file', 'devinfo/file', 'devinfo/cni/deeper/file'])(
  'outside its directory, at %s, nothing is written or removed',
  (name) => {
    const root = emptyDirectory();
    const { write, remove } = deviceInfoIn(`${root}/devinfo/cni`);
    const path = `${root}/${name}`;
    expect(() => write(path, INFO)).toThrow(expect.objectContaining({ fault: 'netconf' }));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'precious');
    remove(path);
    expect(filesIn(root)).toEqual({ [name]: 'precious' });
  },
);

test('the specification says which directory that is', () => {
  expect(() => createDeviceInfo().write('/tmp/x', INFO)).toThrow(
    'CNIDeviceInfoFile: expected a file in /var/run/k8s.cni.cncf.io/devinfo/cni, got /tmp/x',
  );
});

test('an error tells which path is the matter', () => {
  const root = emptyDirectory();
  writeFileSync(`${root}/file`, '');
  const failure = (text: string) =>
    expect.objectContaining({ fault: 'input-output', message: expect.stringContaining(text) });
  const underFile = deviceInfoIn(`${root}/file`);
  expect(() => underFile.write(underFile.path, INFO)).toThrow(
    failure(`Cannot write ${root}/file/net-pod_net1: E`),
  );
  const { path, remove } = deviceInfoIn(root);
  mkdirSync(path);
  expect(() => remove(path)).toThrow(failure(`Cannot remove ${path}: `));
});
