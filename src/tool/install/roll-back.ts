import type { Tool } from '../tool.ts';
import { failing } from './failing.ts';
import { unlinkHostLocal } from './host-local.ts';
import { mustLeaveNobody } from './in-use.ts';
import { bothAt, mustHavePrevious, rollBack } from './install.ts';
import type { Place } from './place.ts';
import { mustAnswer } from './try-out.ts';
import { rolledBackText, unlinkedText } from './wording.ts';

type Options = { readonly force?: true };

export async function rollBackBy(tool: Tool, place: Place, { force }: Options): Promise<void> {
  const { terminal, runFile } = tool;
  await failing(`roll ${place.path} back`, async () => {
    mustHavePrevious(place);
    const both = await bothAt(place);
    if (!force) await mustLeaveNobody(tool, both.to);
    if (both.to.kind === 'ours') await mustAnswer(place.previous, runFile);
    await rollBack(place);
    terminal.print(rolledBackText(place, both));
    if (both.to.kind !== 'ours') terminal.print(unlinkedText(place, await unlinkHostLocal(place)));
  });
}
