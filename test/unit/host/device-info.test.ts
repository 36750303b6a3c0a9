import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PciAddress } from '../../../schemas/words.ts';
import { createDeviceInfo } from '../../../src/host/device-info.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';

const DEVICE = PciAddress.parse('0000:af:06.0');
const INFO = { type: 'pci', version: '1.1.0', pci: { 'pci-address': '0000:af:06.0' } };

function deviceInfoIn(directory = `${emptyDirectory()}/devinfo/cni`) {
  return { directory, path: `${directory}/net-pod_net1`, ...createDeviceInfo(directory) };
}

test('device information is a file that everybody may read, whatever the umask', () => {
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  const { directory, path, write } = deviceInfoIn();
  write(path, INFO, DEVICE);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(INFO);
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(Object.keys(filesIn(directory))).toEqual(['net-pod_net1']);
});

test('a file that is there stays as it is (F36)', () => {
  const { directory, path, write } = deviceInfoIn();
  write(path, INFO, DEVICE);
  writeFileSync(path, 'of the device plugin');
  write(path, INFO, DEVICE);
  expect(filesIn(directory)).toEqual({ 'net-pod_net1': 'of the device plugin' });
});

test('what a killed process left is in nobody’s way', () => {
  const { directory, path, write } = deviceInfoIn();
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${directory}/.${DEVICE}.new`, '{"type": "pc');
  write(path, INFO, DEVICE);
  expect(filesIn(directory)).toEqual({ 'net-pod_net1': `${JSON.stringify(INFO)}\n` });
});

test('it is gone when it was removed, also the second time', () => {
  const { directory, path, write, remove } = deviceInfoIn();
  write(path, INFO, DEVICE);
  remove(path, DEVICE);
  remove(path, DEVICE);
  expect(filesIn(directory)).toEqual({});
});

test.each(['other/file', 'devinfo/file', 'devinfo/cni/deeper/file'])(
  'outside its directory, at %s, nothing is written or removed',
  (name) => {
    const root = emptyDirectory();
    const { write, remove } = deviceInfoIn(`${root}/devinfo/cni`);
    const path = `${root}/${name}`;
    expect(() => write(path, INFO, DEVICE)).toThrow(expect.objectContaining({ fault: 'netconf' }));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'precious');
    remove(path, DEVICE);
    expect(filesIn(root)).toEqual({ [name]: 'precious' });
  },
);

test('the specification says which directory that is', () => {
  expect(() => createDeviceInfo().write('/tmp/x', INFO, DEVICE)).toThrow(
    'CNIDeviceInfoFile: expected a file in /var/run/k8s.cni.cncf.io/devinfo/cni, got /tmp/x',
  );
});

test('an error tells which path is the matter', () => {
  const root = emptyDirectory();
  writeFileSync(`${root}/file`, '');
  const failure = (text: string) =>
    expect.objectContaining({ fault: 'input-output', message: expect.stringContaining(text) });
  const underFile = deviceInfoIn(`${root}/file`);
  expect(() => underFile.write(underFile.path, INFO, DEVICE)).toThrow(
    failure(`Cannot write ${root}/file/net-pod_net1: E`),
  );
  const { path, remove } = deviceInfoIn(root);
  const draft = `${root}/.${DEVICE}.new`;
  mkdirSync(draft);
  expect(() => remove(path, DEVICE)).toThrow(failure(`Cannot remove ${draft}: `));
});

test('a file that tells of another device is not removed: the pod may have got that one meanwhile', () => {
  const { directory, path, write, remove } = deviceInfoIn();
  write(path, INFO, DEVICE);
  remove(path, PciAddress.parse('0000:af:06.1'));
  expect(Object.keys(filesIn(directory))).toEqual(['net-pod_net1']);
});

test('a directory in its place is left alone', () => {
  const { path, remove } = deviceInfoIn();
  mkdirSync(path, { recursive: true });
  remove(path, DEVICE);
  expect(statSync(path).isDirectory()).toBe(true);
});

test('a name may be as long as a name of a file', () => {
  const { directory, write } = deviceInfoIn();
  const name = 'n'.repeat(255);
  write(`${directory}/${name}`, INFO, DEVICE);
  expect(Object.keys(filesIn(directory))).toEqual([name]);
});
