import type { Tool } from '../tool.ts';
import { failing } from './failing.ts';
import { mustLeaveNobody, mustSeeRecords } from './in-use.ts';
import type { Place } from './place.ts';
import { mustLeaveHostLocal } from './store-in-use.ts';
import { departureOf, uninstall } from './uninstall.ts';
import { uninstalledText } from './wording.ts';

type Options = { readonly force?: true };

export async function removeBy(tool: Tool, place: Place, { force }: Options): Promise<void> {
  await failing(`uninstall ${place.path}`, async () => {
    const { removed, restored } = await departureOf(place);
    if (!force && removed.kind === 'ours') {
      mustSeeRecords(tool);
      await mustLeaveNobody(tool, restored);
      await mustLeaveHostLocal(place);
    }
    tool.terminal.print(uninstalledText(place, await uninstall(place)));
  });
}
