import type { Command } from 'commander';
import { nearestOf } from '../../schemas/unknown-keys.ts';

/**
 * The words that commander is to be given: `help a b` asks for the help of `a b`, which it gives of `a` only. A word that is
 * no command of its group is refused here, for commander hands it to the command that is meant if none is named.
 */
export function meantBy(words: readonly string[], program: Command): readonly string[] {
  let group = program;
  for (const [index, word] of words.entries()) {
    if (word.startsWith('-') || group.commands.length === 0) break;
    if (word === 'help') return meantBy([...words.toSpliced(index, 1), '--help'], program);
    group = group.commands.find((command) => command.name() === word) ?? refuse(word, group);
  }
  return words;
}

function refuse(word: string, group: Command): never {
  const near = nearestOf(
    word,
    group.commands.map((command) => command.name()),
  );
  group.error(`error: unknown command '${word}'${near ? `\n(Did you mean ${near}?)` : ''}`, { exitCode: 2 });
}
