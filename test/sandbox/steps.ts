/** The changes of an ADD with everything that can be set on a veth, and of its DEL, which tests disturb one by one. */
import { createMachine, type Machine, type Plan } from './machine.ts';
import { ALL_SETTINGS } from './networks.ts';
import type { Outcome } from './outcome.ts';

export type Step = { readonly step: number; readonly name: string };

/** As udev gives them. One is wanted as the interface's name, one exists in the pod: both have to go for the move. */
export async function withAltnames(machine: Machine): Promise<void> {
  await machine.sh(`
    for altname in net1 enp1s16 taken; do ip link property add dev vf0 altname $altname; done
    nsenter --net=/run/netns/pod1 ip link property add dev lo altname taken`);
}

/** The kernel may refuse to announce the addresses: that is no error. */
export const isAnnouncement = ({ name }: Step) => /arp_notify|^link set dev net1 address \S+$/.test(name);

/** What ADD and DEL ask of `ip` and `tee`, in order, as they do it today. */
export const STEPS = await stepsOfOneLife();

async function stepsOfOneLife(): Promise<{ readonly add: readonly Step[]; readonly del: readonly Step[] }> {
  const machine = await createMachine();
  try {
    await withAltnames(machine);
    const pass = { act: 'pass', step: 0 } as const;
    const pod = { netconf: ALL_SETTINGS };
    return {
      add: numbered(await machine.interpose(pass, () => machine.add(pod))),
      del: numbered(await machine.interpose(pass, () => machine.del(pod))),
    };
  } finally {
    await machine.stop();
  }
}

export function numbered(lines: readonly string[]): Step[] {
  return lines.map((name, index) => ({ step: index + 1, name }));
}

/** What the action answers with the shim in front of `ip` and `tee`. */
export async function disturbed(
  machine: Machine,
  plan: Plan,
  action: () => Promise<Outcome>,
): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await machine.interpose(plan, async () => {
    outcome = await action();
  });
  if (!outcome) throw new Error('No outcome');
  return outcome;
}

/** The step that moves the link to another namespace. */
export function moveOf(steps: readonly Step[]): number {
  const found = steps.find(({ name }) => name.includes(' netns '));
  if (!found) throw new Error('No step moves the link');
  return found.step;
}
