/** The documentation's commands on a node with real SR-IOV: from a bare NIC on where the page makes the VFs itself. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { blocksOf, pagesRunIn, scriptOf } from '../doc-blocks.ts';
import { someOf } from '../figures.ts';
import { useNodeOfItsOwn } from './node.ts';

const MAKE_VFS = fileURLToPath(new URL('../../scripts/lab/guest/make-vfs.sh', import.meta.url));

const node = useNodeOfItsOwn();

/** A person types slower than udev names the links. */
const PAUSE = 'udevadm settle\n';

test.for(someOf('pages in the VM', pagesRunIn('vm'), { fast: 3 }))('%s', async (page) => {
  const script = scriptOf(page, 'vm', PAUSE) ?? '';
  const isFromBareNic = script.includes('sriov_numvfs');
  await node.sh(`ip netns del pod1; bash ${MAKE_VFS} ${isFromBareNic ? '0 && ip link set enp1s0 down' : 2}`);
  const typed = `set -euo pipefail; PATH=$PATH:/opt/cni/bin\n${script}`;
  expect(await node.sh(typed)).not.toBe('');
});

test('the unit that makes VFs at every boot makes them once', async () => {
  const unit = blocksOf('docs/quick-start.md').find(({ text }) => text.startsWith('[Unit]'))?.text ?? '';
  const commands = [...unit.matchAll(/^ExecStart=(.*)$/gm)].map(([, line = '']) =>
    line.replaceAll('%I', 'enp1s0'),
  );
  expect(commands).toHaveLength(2);
  const started = `export VFS=4\n${commands.join('\n')}\n${PAUSE}`;
  const devices = 'stat -c %i /sys/class/net/enp1s0/device/virtfn*/net';
  const [first, again] = await node
    .sh(`bash ${MAKE_VFS} 0 >&2; ip link set enp1s0 down
    ${started}${devices} | xargs; ${started}${devices} | xargs`)
    .then((text) => text.split('\n'));
  expect(first?.split(' ')).toHaveLength(4);
  expect(again).toBe(first);
});
