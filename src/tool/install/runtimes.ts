/** Whether the runtimes of this machine will find what is installed. */
import { realpathSync } from 'node:fs';
import { BY_DEFAULT, type PluginPath, runtimePlaces } from '../../host/node/runtimes.ts';
import type { Place } from './place.ts';

/** Those that were told to look for plugins in other directories. In a container nobody sees what they were told. */
export function runtimesElsewhere({ directory }: Place): PluginPath[] {
  const own = realOf(directory);
  return runtimePlaces(undefined).pluginPaths.filter(
    ({ of, directories }) => of !== BY_DEFAULT && !directories.some((one) => realOf(one) === own),
  );
}

/** On some distributions one of the usual directories is a link to another. */
function realOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}
