/** Which addresses the network namespaces of this machine have. */
import { parseNetwork } from '../../host/ip-output.ts';
import { namespaces } from '../../host/netns.ts';
import { type Child, pathOf } from '../../host/run-child.ts';
import type { Tool } from '../tool.ts';

export type Claims = {
  /** A path of a namespace that has it, by address. */
  readonly places: ReadonlyMap<string, string>;
  /** Namespaces that could not be looked into. */
  readonly refusals: readonly string[];
};

const TIMEOUT_MS = 10_000;
const SHOW = ['-j', 'address', 'show'];
/** Of 5 ms each. */
const MANY = 200;
/** A process may end between the list and the look, and another have its namespace. */
const ATTEMPTS = 3;

type Asking = Pick<Tool, 'runChild' | 'terminal'>;

export async function claimsOf({ runChild, terminal }: Asking): Promise<Claims> {
  const places = new Map<string, string>();
  const refusals: string[] = [];
  const look = async (child: Pick<Child, 'program' | 'args'>, place: string) => {
    const { exitCode, stdout, stderr, startError } = await runChild({ ...child, timeoutMs: TIMEOUT_MS });
    if (exitCode !== 0) return startError ?? (stderr.trim() || 'ip failed');
    for (const one of parseNetwork(stdout, '').addresses) places.set(one.split('/')[0] ?? one, place);
    return undefined;
  };
  const home = await look({ program: 'ip', args: SHOW }, 'the host');
  if (home) refusals.push(`the host: ${home}`);
  const all = namespaces();
  if (all.length > MANY) terminal.tell(`Looking into ${all.length} namespaces ...\n`);
  for (const one of all) {
    const refusal = await lookInto(one, (path) =>
      look({ program: 'nsenter', args: [`--net=${path}`, '--', pathOf('ip'), ...SHOW] }, path),
    );
    if (refusal) refusals.push(refusal);
  }
  return { places, refusals };
}

/** Undefined if it was looked into, or is gone. */
async function lookInto(
  listed: ReturnType<typeof namespaces>[number],
  look: (path: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  let refusal: string | undefined;
  let present: typeof listed | undefined = listed;
  for (let attempt = 0; attempt < ATTEMPTS && present; attempt++) {
    const reason = await look(present.path);
    if (reason === undefined) return undefined;
    refusal = `${present.path}: ${reason}`;
    present = namespaces().find(({ inode }) => inode === listed.inode);
  }
  return present && refusal;
}
