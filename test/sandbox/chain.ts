/** Runs a list of plugins as libcni does: each gets the list's name and version, and what the one before answered. */
import { type Call, EXECUTABLE, type Machine, REFERENCE_PLUGINS } from './machine.ts';
import type { Answer, Outcome } from './outcome.ts';

type Plugin = Readonly<Record<string, unknown>> & { readonly type: string };

export type Conflist = {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly Plugin[];
};

/** Each command returns the outcome of the plugin that failed, else of the last one. */
export function chainOn(machine: Machine, { plugins, ...injected }: Conflist) {
  return {
    add: () => run('ADD', plugins),
    check: (result: Answer) => run('CHECK', plugins, result),
    del: (result?: Answer) => run('DEL', plugins.toReversed(), result),
  };

  async function run(command: string, order: readonly Plugin[], result?: Answer): Promise<Outcome> {
    let last: Outcome | undefined;
    for (const plugin of order) {
      last = await machine.cni(command, callOf(plugin, result ?? last?.answer));
      if (last.code !== 0) return last;
    }
    if (!last) throw new Error('The list has no plugin');
    return last;
  }

  function callOf(plugin: Plugin, prevResult: Answer | undefined): Call {
    return {
      plugin: plugin.type === 'sriov' ? EXECUTABLE : `${REFERENCE_PLUGINS}/${plugin.type}`,
      netconf: { ...plugin, ...injected, ...(prevResult && { prevResult }) },
    };
  }
}
