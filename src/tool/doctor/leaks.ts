/** Addresses that are held for nobody, by the judgement of `sriov ipam`; pure. */
import { DEFAULT_DATA_DIR } from '../../../schemas/ipam-conf.ts';
import type { Judged } from '../ipam/judged.ts';
import type { Surveyed } from '../ipam/survey.ts';
import { quoted } from './cures.ts';
import { counted, notChecked, type Outcome, ok, warning, wrongOr } from './finding.ts';

export type SurveyedStore = { readonly dataDir: string; readonly surveys: readonly SurveyedNetwork[] };
export type SurveyedNetwork = Pick<Surveyed, 'network' | 'listing' | 'judged'>;

type Place = Pick<SurveyedStore, 'dataDir'> & { readonly executable: string };

export function leakOutcomes(stores: readonly SurveyedStore[], executable: string): readonly Outcome[] {
  const found = stores.flatMap(({ dataDir, surveys }) =>
    surveys.flatMap((survey) => [
      ...leak(survey, { dataDir, executable }),
      ...unknown(survey, { dataDir, executable }),
    ]),
  );
  return wrongOr(found, ok('leaks', 'no address is held for nobody'));
}

/** So many are named. */
const SHOWN = 5;

function listed(all: readonly Judged[], textOf: (one: Judged) => string): string {
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : '';
  return `${all.slice(0, SHOWN).map(textOf).join(', ')}${more}`;
}

/** What a dead attachment holds is told with it. */
function leak({ network, judged }: SurveyedNetwork, place: Place): Outcome[] {
  const leaking = judged.filter(({ address, device, isReclaimable }) => isReclaimable && address && !device);
  if (leaking.length === 0) return [];
  const shown = listed(leaking, ({ address, container }) => `${address} (${container || 'nobody'})`);
  const count = counted(leaking.length, 'address', 'addresses');
  return [
    warning('leaks', `Network ${network} holds ${count} for containers that are gone: ${shown}.`, [
      `${ipam('reclaim', network, place)} --yes`,
    ]),
  ];
}

function unknown({ network, judged }: SurveyedNetwork, place: Place): Outcome[] {
  const doubtful = judged.filter(({ state, isReclaimable, device }) => {
    if (device) return false;
    return state === 'unknown' || (state === 'damaged' && !isReclaimable);
  });
  const [first] = doubtful;
  if (!first) return [];
  const count = counted(doubtful.length, 'address', 'addresses');
  const shown = listed(doubtful, ({ address = '' }) => address);
  return [
    notChecked(
      'leaks',
      `whether anybody uses ${count} of network ${network} (${shown}): ${first.why}. See: ${ipam('check', network, place)}`,
    ),
  ];
}

function ipam(what: string, network: string, { executable, dataDir }: Place): string {
  const where = dataDir === DEFAULT_DATA_DIR ? '' : ` --data-dir ${quoted(dataDir)}`;
  return `${quoted(executable)} ipam ${what} ${quoted(network)}${where}`;
}
