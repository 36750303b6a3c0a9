import { withSource } from '../executable/likeness.ts';
import type { Tool } from '../tool.ts';
import { failing } from './failing.ts';
import { unlinkHostLocal } from './host-local.ts';
import { mustLeaveNobody } from './in-use.ts';
import { bothAt, mustHavePrevious, rollBack } from './install.ts';
import type { Place } from './place.ts';
import { mustLeaveHostLocal } from './store-in-use.ts';
import { answersAs, mustAnswer } from './try-out.ts';
import { rolledBackText, unlinkedText } from './wording.ts';

type Options = { readonly force?: true };

export async function rollBackBy(tool: Tool, place: Place, { force }: Options): Promise<void> {
  const { terminal, runFile } = tool;
  await failing(`roll ${place.path} back`, async () => {
    mustHavePrevious(place);
    const both = await bothAt(place);
    if (!force) await mustLeaveNobody(tool, both.to);
    if (!force && both.to.kind !== 'ours') await mustLeaveHostLocal(place);
    if (both.to.kind === 'ours') await mustAnswer(place.previous, runFile);
    const answers = (path: string) => answersAs(place.path, { path, runFile });
    const kept = await withSource(tool.executable, (source) => rollBack({ place, source, answers }));
    terminal.print(rolledBackText(place, { to: both.to, kept }));
    if (both.to.kind !== 'ours') terminal.print(unlinkedText(place, await unlinkHostLocal(place)));
  });
}
