/** Reads what is recorded, and judges it as the other commands do. */
import { statSync } from 'node:fs';
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import { isDead } from '../../attachment/holders.ts';
import type { World } from '../../attachment/ports.ts';
import { type Lived, livesOf } from '../attachments/lives.ts';
import { allDamaged, damagedRecords } from '../damaged-records.ts';
import { CONF_DIR } from '../ipam/networks.ts';
import { surveyOf } from '../ipam/survey.ts';
import type { Tool } from '../tool.ts';
import type { SurveyedStore } from './leaks.ts';
import type { RecordFacts, SeenRecord } from './records.ts';
import { sriovCniLeft } from './sriov-cni-left.ts';

/** Reservations first: an attachment is recorded before it holds an address. */
export async function recordFacts(given: Tool, world: World): Promise<RecordFacts> {
  // What is wrong with files is told by other checks.
  const tool = { ...given, terminal: { ...given.terminal, tell: () => {} } };
  const { executable, places } = tool;
  const first = await storeAt(DEFAULT_DATA_DIR, tool);
  const records = await tool.records();
  const elsewhere = new Set(records.map(({ addresses }) => addresses.dataDir));
  elsewhere.delete(DEFAULT_DATA_DIR);
  const stores = [first];
  for (const dataDir of elsewhere) stores.push(await storeAt(dataDir, tool));
  const lived = await livesOf(records, tool);
  const seen: SeenRecord[] = [];
  for (const one of lived) seen.push(await seenRecord(one, places.stateDir, world));
  return {
    executable,
    records: seen,
    damaged: allDamaged(damagedRecords(places.stateDir, records)),
    stores,
    sriovCni: await sriovCniLeft(places.sriovCniDir, lived, world),
  };
}

async function storeAt(dataDir: string, tool: Tool): Promise<SurveyedStore> {
  const { networks } = await surveyOf(tool, { dataDir, file: [], confDir: CONF_DIR });
  return { dataDir, surveys: networks };
}

async function seenRecord({ record, life }: Lived, stateDir: string, world: World): Promise<SeenRecord> {
  const file = statSync(`${stateDir}/${record.device}.json`, { throwIfNoEntry: false });
  return {
    record,
    life,
    isSandboxThere: !(await isDead(record, world)),
    isVfThere: world.host.findDevice(record.device).is === 'vf',
    ...(file && { writtenMsAgo: Date.now() - file.mtimeMs }),
  };
}
