/** However a record is damaged, it is either what was written or none. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ContainerId, IfName, NetworkName, PciAddress } from '../../../schemas/words.ts';
import { createDiskRecords } from '../../../src/host/disk-records.ts';
import { recordText } from '../../../src/host/record-file.ts';
import { createSriovCniRecords } from '../../../src/host/sriov-cni-records.ts';
import { damaged } from '../../damage.ts';
import { seedOf, tell, times } from '../../figures.ts';
import { emptyDirectory } from '../ipam/directories.ts';
import { recordOf } from './a-record.ts';
import { CACHE, CONTAINER, DEVICE, FILE, SANDBOX } from './sriov-cni-files.ts';

const device = PciAddress.parse('0000:01:10.0');
const RECORD = recordOf(device);
const TEXT = recordText(RECORD);
const OTHERS = [
  recordText(recordOf('0000:01:10.2', 'pod-b')),
  recordText({ ...RECORD, isUnfinished: false }),
];

function recordsOf(directory: string) {
  const logged: string[] = [];
  return { logged, ...createDiskRecords(directory, (_level, message) => logged.push(message)) };
}

/** Is read as what was written, or is set aside as it is, with a line in the log. */
async function isHarmless(directory: string, bytes: Buffer): Promise<boolean> {
  const file = `${directory}/${device}.json`;
  writeFileSync(file, bytes);
  const { logged, ofDevice } = recordsOf(directory);
  const read = await ofDevice(device);
  if (read) {
    expect([TEXT, ...OTHERS].map((text) => JSON.parse(text))).toContainEqual(JSON.parse(bytes.toString()));
    return true;
  }
  expect([readdirSync(directory), logged]).toEqual([[`${device}.json.damaged`], [expect.any(String)]]);
  expect(readFileSync(`${file}.damaged`).equals(bytes)).toBe(true);
  rmSync(`${file}.damaged`);
  return false;
}

test('a record that is cut off at any length is set aside', async () => {
  const directory = emptyDirectory();
  const lengths = [...Array(TEXT.length).keys()];
  for (const length of lengths) {
    const isRead = await isHarmless(directory, Buffer.from(TEXT.slice(0, length)));
    // Of the last line's end nothing depends.
    expect(isRead).toBe(length === TEXT.length - 1);
  }
  tell('records cut off', { lengths: lengths.length, believed: 1 });
});

test('a record that is damaged in any other way is what was written, or set aside', {
  timeout: 60_000,
}, async () => {
  const directory = emptyDirectory();
  const numRuns = times({ fast: 1000, soak: 10_000 });
  let whole = 0;
  const property = fc.asyncProperty(damaged(TEXT, OTHERS), async (bytes) => {
    if (await isHarmless(directory, bytes)) whole += 1;
  });
  await fc.assert(property, { numRuns, seed: seedOf('damaged records') });
  tell('damaged records', { mutations: numRuns, 'whole by chance': whole, 'wrongly believed': 0 });
});

test('whatever is left of the files of sriov-cni, reading them does not fail', () => {
  const directory = emptyDirectory();
  mkdirSync(`${directory}/pci`);
  const cache = JSON.stringify(CACHE);
  const foreign = createSriovCniRecords({ directory, bootId: 'boot-1', log: () => {} });
  const ask = (cacheBytes: Buffer, sandboxBytes: Buffer) => {
    writeFileSync(`${directory}/${FILE}`, cacheBytes);
    writeFileSync(`${directory}/pci/${DEVICE}`, sandboxBytes);
    foreign.ofAttachment({ containerId: ContainerId.parse(CONTAINER), ifName: IfName.parse('net1') });
    foreign.ofNetwork(NetworkName.parse('sriov-net'));
    foreign.ofDevice(PciAddress.parse(DEVICE));
  };
  for (let length = 0; length < cache.length; length++) {
    ask(Buffer.from(cache.slice(0, length)), Buffer.from(SANDBOX));
    expect(foreign.ofDevice(PciAddress.parse(DEVICE))).toBeUndefined();
  }
  const property = fc.property(damaged(cache, [TEXT]), damaged(SANDBOX, [cache]), ask);
  const numRuns = times({ fast: 100, soak: 2000 });
  fc.assert(property, { numRuns, seed: seedOf('damaged files of sriov-cni') });
  tell('damaged files of sriov-cni', { 'cut off': cache.length, mutations: numRuns, failures: 0 });
});
