/** The documentation's commands on a node with real SR-IOV: from a bare NIC on where the page makes the VFs itself. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { pagesRunIn, scriptOf } from '../doc-blocks.ts';
import { useNodeOfItsOwn } from './node.ts';

const MAKE_VFS = fileURLToPath(new URL('../../scripts/lab/guest/make-vfs.sh', import.meta.url));

const node = useNodeOfItsOwn();

/** A person types slower than udev names the links. */
const PAUSE = 'udevadm settle\n';

test.for(pagesRunIn('vm'))('%s', async (page) => {
  const script = scriptOf(page, 'vm', PAUSE) ?? '';
  const isFromBareNic = script.includes('sriov_numvfs');
  await node.sh(`ip netns del pod1; bash ${MAKE_VFS} ${isFromBareNic ? '0; ip link set enp1s0 down' : 2}`);
  const typed = `set -euo pipefail; PATH=$PATH:/opt/cni/bin\n${script}`;
  expect(await node.sh(typed)).not.toBe('');
});
