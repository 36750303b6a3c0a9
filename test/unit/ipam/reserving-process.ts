/** A process of its own: `reserving-process.ts <dataDir> <container prefix> <count> keep|churn`; begins at a line on stdin. */

import { once } from 'node:events';
import { diskReservations } from '../../../ipam/disk-reservations.ts';
import { hostLocal } from '../../../ipam/host-local.ts';
import { rangeSetsOf } from '../../../ipam/range-set.ts';
import { makeDirectory } from '../../../src/host/make-directory.ts';
import { withFlock } from './flock.ts';
import { wish } from './stores.ts';
import { owner } from './words.ts';

const [dataDir = '', prefix = '', count = '0', mode = 'keep'] = process.argv.slice(2);
const { reserve, release, missing } = hostLocal(diskReservations({ withLock: withFlock, makeDirectory }));
const sets = rangeSetsOf({ type: 'host-local', subnet: mode === 'keep' ? '10.0.0.0/16' : '10.0.0.0/28' });

process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
for (let index = 0; index < Number(count); index++) {
  const who = owner(`${prefix}-${index}`);
  const addresses: string[] = [];
  const held = await reserve(who, wish(sets, dataDir), async (intended) => {
    addresses.splice(0, addresses.length, ...intended);
  });
  for (const { address } of held) process.stdout.write(`${address}\n`);
  for (const address of await missing(who, dataDir, addresses)) process.stdout.write(`lost ${address}\n`);
  if (mode === 'churn') await release(who, dataDir, addresses);
}
