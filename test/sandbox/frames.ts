/** What arrives at the other end of a VF's wire. */
import { readFile } from 'node:fs/promises';
import type { Machine } from './machine.ts';

/** No neighbour has it: that somebody asks for it marks the end. */
const MARK = '192.0.2.99';

/** The ARP and ICMPv6 frames with this source MAC that arrive from `vf0` while the action runs, in tcpdump's words. */
export async function framesFrom(
  machine: Machine,
  mac: string,
  action: () => Promise<unknown>,
): Promise<readonly string[]> {
  await machine.sh(`
    ip addr add 192.0.2.1/24 dev vf0p
    tcpdump -i vf0p -Z root --immediate-mode -lnet 'arp or icmp6' >/run/frames 2>/run/tcpdump </dev/null &
    echo $! >/run/tcpdump.pid
    timeout 10 bash --norc -c 'until grep -q listening /run/tcpdump; do sleep 0.01; done'`);
  try {
    await action();
    await machine.sh(
      `timeout 10 bash --norc -c 'until grep -q ${MARK} /run/frames; do ping -c 1 -W 0.1 ${MARK} || :; done'`,
    );
  } finally {
    await machine.sh('kill "$(cat /run/tcpdump.pid)"; ip addr del 192.0.2.1/24 dev vf0p');
  }
  const lines = (await readFile(machine.path('/run/frames'), 'utf8')).split('\n');
  return lines.filter((line) => line.startsWith(mac));
}
