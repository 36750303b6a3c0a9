/** The shim of the sandbox tests, which stands in for `ip` and `tee` and disturbs one change: see shim.sh. */
import { fileURLToPath } from 'node:url';
import type { Call, Json, Node } from './node.ts';

const SHIM = fileURLToPath(new URL('../sandbox/shim.sh', import.meta.url));

/** In a mount namespace of its own: nobody else meets the shim. */
const INTERPOSE = `mkdir -p /run/real /run/shim; cp -n /usr/sbin/ip /usr/bin/tee /run/real/; : >/run/shim/steps
  mount --bind ${SHIM} /usr/sbin/ip; mount --bind ${SHIM} /usr/bin/tee`;

/** The plugin under the shim. The plan is that of shim.sh; a plugin that was killed has the code 137 and no answer. */
export async function underShim(
  node: Node,
  plan: string,
  { command, call }: { readonly command: 'ADD' | 'DEL'; readonly call: Call },
): Promise<{ readonly code: number; readonly json: Json; readonly steps: readonly string[] }> {
  const script = `${INTERPOSE}; echo '${plan}' >/run/shim/plan; ${node.script(command, call)}`;
  const output = await node.sh(`cat >/run/under-shim.sh <<'END'\n${script}\nEND
    unshare -m bash /run/under-shim.sh 2>/run/log; printf '\\ncode %s\\n' $?; cat /run/shim/steps`);
  const [, stdout = '', code, steps = ''] = /^([\s\S]*?)\n?code (\d+)\n?([\s\S]*)$/.exec(output) ?? [];
  return {
    code: Number(code),
    json: stdout.trim() === '' ? undefined : JSON.parse(stdout),
    steps: steps.split('\n').filter(Boolean),
  };
}
