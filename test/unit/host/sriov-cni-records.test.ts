import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AttachmentRecord } from '../../../schemas/record.ts';
import { ContainerId, IfName, NetworkName, PciAddress } from '../../../schemas/words.ts';
import { createSriovCniRecords } from '../../../src/host/sriov-cni-records.ts';
import { emptyDirectory, filesIn } from '../ipam/directories.ts';
import { CACHE, CONTAINER, DEVICE, FILE, ORIGINAL, plantSriovCni, SANDBOX } from './sriov-cni-files.ts';

const device = PciAddress.parse(DEVICE);
const network = NetworkName.parse(CACHE.name);
const attachmentOf = (containerId: string, ifName: string) => ({
  network,
  containerId: ContainerId.parse(containerId),
  ifName: IfName.parse(ifName),
});
const attachment = attachmentOf(CONTAINER, 'net1');

function recordsIn(directory: string) {
  const logged: string[] = [];
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  return { directory, logged, ...createSriovCniRecords({ directory, bootId: 'this boot', log }) };
}

const planted = (...plant: [cache?: object, file?: string]) =>
  recordsIn(plantSriovCni(emptyDirectory(), ...plant));

/** Makes the file that many seconds old. */
function age(path: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds;
  utimesSync(path, then, then);
}

describe('an attachment of sriov-cni', () => {
  const record = {
    format: 1,
    attachment,
    device: DEVICE,
    sandbox: SANDBOX,
    bootId: 'this boot',
    isUnfinished: false,
    addresses: { dataDir: '/var/lib/cni/networks', held: [] },
    origin: 'sriov-cni',
    before: {
      link: expect.objectContaining({ name: 'enp175s6', mac: ORIGINAL.EffectiveMAC, mtu: 1500 }),
      settings: {},
    },
  };

  test('is found by device, attachment and network, as a record of ours', () => {
    const records = planted();
    expect(records.ofDevice(device)).toEqual(record);
    expect(records.ofAttachment(attachment)).toEqual([record]);
    expect(records.ofNetwork(network)).toEqual([record]);
    expect(AttachmentRecord.safeParse(records.ofDevice(device)).success).toBe(true);
    expect(records.logged).toEqual([]);
  });

  test('is not found by another device, attachment or network', () => {
    const records = planted();
    expect(records.ofDevice(PciAddress.parse('0000:af:06.1'))).toBeUndefined();
    expect(records.ofAttachment(attachmentOf(CONTAINER, 'net2'))).toEqual([]);
    const other = NetworkName.parse('other');
    expect(records.ofAttachment({ ...attachment, network: other })).toEqual([]);
    expect(records.ofNetwork(other)).toEqual([]);
  });

  test('counts as of this boot however old its file is: the clock may have been set since', () => {
    const records = planted();
    utimesSync(`${records.directory}/${FILE}`, 1, 1);
    expect(records.ofDevice(device)?.bootId).toBe(records.ofAttachment(attachment)[0]?.bootId);
    expect(records.ofDevice(device)?.bootId).not.toBe('earlier');
  });

  test('without a namespace that is known', () => {
    const records = planted();
    rmSync(`${records.directory}/pci`, { recursive: true });
    expect(records.ofDevice(device)?.sandbox).toBe('');
    expect(records.holderOf(device)).toBeUndefined();
  });

  test('is past if the device has a younger one, which alone is found', () => {
    const records = planted();
    plantSriovCni(records.directory, CACHE, 'younger-net2');
    age(`${records.directory}/${FILE}`, 60);
    expect(records.ofDevice(device)?.attachment).toEqual(attachmentOf('younger', 'net2'));
    expect(records.ofAttachment(attachment)).toEqual([]);
    expect(records.ofNetwork(network)).toHaveLength(1);
  });

  test('is gone when it was removed, with all that its device had, also the second time', () => {
    const records = planted();
    plantSriovCni(records.directory, CACHE, 'younger-net2');
    plantSriovCni(records.directory, { ...CACHE, deviceID: '0000:af:06.1' }, 'other-net1');
    const [found] = records.ofAttachment(attachmentOf('younger', 'net2'));
    for (const one of [found, found]) if (one) records.remove(one.device);
    expect(Object.keys(filesIn(records.directory))).toEqual(['other-net1', `pci/vf_lock/${DEVICE}.lock`]);
  });
});

test('the holder of a device is told even if nothing else is known of it', () => {
  const records = planted();
  rmSync(`${records.directory}/${FILE}`);
  expect(records.holderOf(device)).toBe(SANDBOX);
  expect(records.ofDevice(device)).toBeUndefined();
});

describe('a file name that can be read in several ways', () => {
  test.each([
    [`${CONTAINER}-my-net`, CONTAINER, 'my-net', 1],
    ['cnitool-0123456789abcdef0123-net1', 'cnitool-0123456789abcdef0123', 'net1', 1],
    ['pod-a-net1', 'pod-a', 'net1', 0],
  ])('%s: by device the likely one, by network only if no other is possible', (file, id, ifName, certain) => {
    const records = planted(CACHE, file);
    expect(records.ofDevice(device)?.attachment).toEqual(attachmentOf(id, ifName));
    expect(records.ofNetwork(network)).toHaveLength(certain);
  });

  test('is read as the attachment that is asked for', () => {
    const asked = attachmentOf('pod', 'a-net1');
    expect(planted(CACHE, 'pod-a-net1').ofAttachment(asked)).toMatchObject([{ attachment: asked }]);
  });
});

describe('nothing is found, and nothing fails', () => {
  test('where sriov-cni never was', () => {
    const records = recordsIn(`${emptyDirectory()}/none`);
    expect(records.ofDevice(device)).toBeUndefined();
    expect(records.ofAttachment(attachment)).toEqual([]);
    expect(records.ofNetwork(network)).toEqual([]);
    expect(records.holderOf(device)).toBeUndefined();
    expect(existsSync(records.directory)).toBe(false);
    expect(records.logged).toEqual([]);
  });

  test.each([
    ['empty', '', /JSON/],
    ['cut off', JSON.stringify(CACHE).slice(0, 200), /JSON/],
    ['of something else', '{"name": "sriov-net"}', /deviceID: expected a PCI address/],
  ])('in a cache that is %s: it is logged', (_title, text, reason) => {
    const records = planted();
    writeFileSync(`${records.directory}/${FILE}`, text);
    expect(records.ofDevice(device)).toBeUndefined();
    expect(records.logged).toEqual([
      expect.stringMatching(`^warning: Ignoring ${records.directory}/${FILE} of sriov-cni: `),
    ]);
    expect(records.logged[0]).toMatch(reason);
  });

  test('in what is no cache, or no directory', () => {
    const records = planted();
    mkdirSync(`${records.directory}/a-directory`);
    writeFileSync(`${records.directory}/README`, 'no cache');
    expect(records.ofNetwork(network)).toHaveLength(1);
    expect(records.logged).toEqual([]);
    const others = recordsIn(`${records.directory}/README`);
    expect(others.ofDevice(device)).toBeUndefined();
    expect(others.logged).toEqual([expect.stringMatching(/^warning: Ignoring .*ENOTDIR/)]);
  });
});

test('what cannot be removed is an error', () => {
  const records = planted();
  rmSync(`${records.directory}/pci/${DEVICE}`);
  mkdirSync(`${records.directory}/pci/${DEVICE}`);
  expect(() => records.remove(device)).toThrow(
    expect.objectContaining({ fault: 'input-output', message: expect.stringContaining(`pci/${DEVICE}: E`) }),
  );
});
