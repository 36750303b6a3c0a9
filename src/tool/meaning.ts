import type { Command } from 'commander';
import { nearestOf } from '../../schemas/unknown-keys.ts';

/**
 * The words that commander is to be given: `help a b` asks for the help of `a b`, which it gives of `a` only. A word that is
 * no command of its group is refused here, for commander hands it to the command that is meant if none is named.
 */
export function meantBy(words: readonly string[], program: Command): readonly string[] {
  const path = words.filter((word) => word !== 'help');
  const asksForHelp = path.length < words.length && leadsTo(words, program);
  mustBeKnown(asksForHelp ? path : words, program);
  return asksForHelp ? [...path, '--help'] : words;
}

/** Only a word in the place of a command is one. */
function leadsTo(words: readonly string[], program: Command): boolean {
  let group: Command | undefined = program;
  for (const word of words) {
    if (word === 'help') return group !== undefined && group.commands.length > 0;
    group = group?.commands.find((command) => command.name() === word);
    if (!group) return false;
  }
  return false;
}

function mustBeKnown(words: readonly string[], program: Command): void {
  let group = program;
  for (const word of words) {
    if (word.startsWith('-') || group.commands.length === 0) return;
    const known = group.commands.find((command) => command.name() === word);
    if (!known) refuse(word, group);
    group = known;
  }
}

function refuse(word: string, group: Command): never {
  const near = nearestOf(
    word,
    group.commands.map((command) => command.name()),
  );
  group.error(`error: unknown command '${word}'${near ? `\n(Did you mean ${near}?)` : ''}`, { exitCode: 2 });
}
