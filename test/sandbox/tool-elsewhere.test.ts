/** Started where it does not see the node: in the namespace of a pod, or where processes of the node are not seen. */
import { describe, expect } from 'vitest';
import { first, second } from './attachments-stage.ts';
import { EXECUTABLE, netnsOf } from './machine.ts';
import { test } from './machine-test.ts';
import { attached } from './outcome.ts';

const IN_POD_2 = ['nsenter', `--net=${netnsOf('pod2')}`, EXECUTABLE];

describe.concurrent('in the network namespace of a pod', () => {
  test.for([
    ['attachments release 0000:01:10.2 --yes', 'container c2'],
    ['attachments release 0000:01:10.2 --yes --force', 'container c2'],
    ['attachments release 0000:01:10.0 --yes', 'container c2'],
    ['ipam release 10.1.2.3 --network net --yes --force', 'container c2'],
    ['ipam reclaim --yes', 'container c2'],
  ] as const)('%s changes nothing', async ([words, whose], { machine }) => {
    attached(await machine.add(first));
    attached(await machine.add(second));
    const before = await machine.snapshot();
    const { code, stdout, stderr } = await machine.run([...IN_POD_2, ...words.split(' ')]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`runs in the network namespace of ${whose}, not in that of the node`);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('of which nothing is recorded, nothing is changed, either', async ({ machine }) => {
    attached(await machine.add(first));
    const before = await machine.snapshot();
    const { code, stderr } = await machine.run([
      ...IN_POD_2,
      'attachments',
      'release',
      'c1',
      '--yes',
      '--force',
    ]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`namespace ${netnsOf('pod2')}, not in`)]);
    expect(await machine.snapshot()).toEqual(before);
  });

  test('its attachment is not called dead', async ({ machine }) => {
    attached(await machine.add(second));
    const { stdout } = await machine.run([...IN_POD_2, 'attachments', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ state: 'unknown' }]);
  });
});

test('where processes of the node are not seen, the namespace of one is not called gone', async ({
  machine,
}) => {
  const pid = await machine.sh('unshare --net sleep 1000 >/dev/null 2>&1 & echo $!');
  const path = `/proc/${pid}/ns/net`;
  await machine.sh(`until [ "$(readlink ${path})" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done`);
  attached(await machine.add({ ...second, netns: path }));
  const words = [EXECUTABLE, 'attachments', 'release', 'c2'];
  const inContainer = await machine.run(['unshare', '--pid', '--fork', '--mount-proc', ...words, '--yes']);
  expect([inContainer.code, inContainer.stderr]).toEqual([
    1,
    expect.stringContaining('is this a container?'),
  ]);
  await machine.sh(`nsenter --net=${path} ip link set net1 netns $$ name vf1; kill ${pid}
    while [ -e ${path} ]; do sleep 0.01; done`);
  expect((await machine.run(words)).stdout).toContain(`is dead: its namespace ${path} is gone`);
});

test('what a container sees of a namespace that was mounted after it began is not called gone', async ({
  machine,
}) => {
  attached(await machine.add(second));
  const script = `umount ${netnsOf('pod2')}; exec ${EXECUTABLE} attachments release c2 --yes`;
  const { code, stderr } = await machine.run(['unshare', '--mount', 'bash', '-c', script]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('is this a container?')]);
});
