import { writeFile } from 'node:fs/promises';
import { type Machine, OWN_PLUGINS } from './machine.ts';

/** Makes a script the CNI plugin of that name, in the machine. */
export async function plantPlugin(machine: Machine, name: string, script: string): Promise<void> {
  await machine.sh(`mkdir -p ${OWN_PLUGINS}`);
  await writeFile(machine.path(`${OWN_PLUGINS}/${name}`), script, { mode: 0o755 });
}
