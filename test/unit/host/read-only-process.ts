/** A process of its own: `read-only-process.ts <directory> <device>` reads the device's record and removes it, and prints what came of it. */
import { PciAddress } from '../../../schemas/words.ts';
import { createDiskRecords } from '../../../src/host/disk-records.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const device = PciAddress.parse(name);
const logged: string[] = [];
const records = createDiskRecords(directory, (level, message) => void logged.push(`${level}: ${message}`));
const messageOf = ({ message }: Error) => message;
const read = await records.ofDevice(device).then((record) => record ?? 'nothing', messageOf);
const remove = await records.remove(device).then(() => 'done', messageOf);
process.stdout.write(JSON.stringify({ logged, read, remove }));
