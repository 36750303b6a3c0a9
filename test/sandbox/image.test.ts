/** The container image, as scripts/image.sh makes it: what is in it, and that it does its work without any capability. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isSoak } from '../figures.ts';
import { VERSION } from './installing.ts';
import { EXECUTABLE } from './machine.ts';

const IMAGE_SCRIPT = fileURLToPath(new URL('../../scripts/image.sh', import.meta.url));
const TIMEOUT_MS = 240_000;

const work = mkdtempSync(`${tmpdir()}/sriov-image-`);
const BIN = `${work}/opt/cni/bin`;

/** Runs a script that must succeed; `buildah` has a store of its own. */
async function sh(script: string): Promise<string> {
  const prelude = `buildah() { /usr/bin/buildah --root ${work}/store --runroot ${work}/run --storage-driver vfs "$@"; }`;
  const { stdout } = await promisify(execFile)('/bin/bash', [
    '-euo',
    'pipefail',
    '-c',
    `${prelude}\n${script}`,
  ]);
  return stdout.trim();
}

beforeAll(
  () =>
    sh(`bash ${IMAGE_SCRIPT} ${work}/image.tar
      buildah from --name node oci-archive:${work}/image.tar >/dev/null; mkdir -p ${BIN}`),
  TIMEOUT_MS,
);
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** In the image, with the node's directory of plugins where the DaemonSet has it. */
const run = (words: string) =>
  sh(`buildah run --isolation chroot --cap-drop all -v ${BIN}:/host/opt/cni/bin node -- /sriov ${words}`);

/** Without the places that buildah makes for its mounts. */
const listed = () =>
  sh(`cd $(buildah mount node)
    find . -type f -not -empty -printf '%P %m %U %s %T@\\n' | sort`);

test('it has the executable, the libraries that this loads, and what is told of them (F42, PAIN-49)', async () => {
  const files = (await listed()).split('\n').map((line) => line.split(' ')[0] ?? '');
  const packages = ['libc6', 'libgcc-s1', 'libstdc++6'];
  const libraries = (await sh(`ldd ${EXECUTABLE} | grep -oE '/[^ ]+'`)).split('\n');
  expect(files.toSorted()).toEqual(
    [
      'sriov',
      'etc/os-release',
      'usr/share/doc/sriov/copyright',
      ...libraries.map((path) => path.slice(1)),
      ...packages.flatMap((name) => [`usr/share/doc/${name}/copyright`, `var/lib/dpkg/status.d/${name}`]),
    ].toSorted(),
  );
  await sh(`cmp $(buildah mount node)/sriov ${EXECUTABLE}`);
  expect(await sh('grep -h ^Version: $(buildah mount node)/var/lib/dpkg/status.d/libc6')).toMatch(
    /^Version: 2\.\d+/,
  );
});

test('it is as the deployment expects it', async () => {
  const { OCIv1 } = JSON.parse(await sh('buildah inspect --type container node'));
  expect(OCIv1.config).toMatchObject({
    User: '0:0',
    Entrypoint: ['/sriov'],
    Cmd: ['install', '--to', '/host/opt/cni/bin', '--watch'],
    Labels: { 'org.opencontainers.image.version': VERSION },
  });
});

test('it installs without any capability, writes nothing else, and takes it away again (F43, PAIN-50)', async () => {
  const before = await listed();
  expect(await run('install --to /host/opt/cni/bin --host-local')).toContain(
    `Installed version ${VERSION} as /host/opt/cni/bin/sriov.`,
  );
  expect(await sh(`cmp ${BIN}/sriov ${EXECUTABLE}; CNI_COMMAND=VERSION ${BIN}/host-local <<<'{}'`)).toContain(
    '1.1.0',
  );
  expect(await run('install --to /host/opt/cni/bin')).toContain('nothing to do');
  await run('uninstall --to /host/opt/cni/bin');
  expect(await sh(`ls -A ${BIN}`)).toBe('');
  expect(await listed()).toBe(before);
});

test("without capabilities, what is another user's is kept, too", async () => {
  await sh(`printf '#!/bin/sh\\n' >${BIN}/sriov; chmod 755 ${BIN}/sriov; chown 1000 ${BIN}/sriov`);
  expect(readFileSync('/proc/sys/fs/protected_hardlinks', 'utf8')).toBe('1\n');
  expect(await run('install --to /host/opt/cni/bin')).toContain(
    'What was there, another program, does not answer as a plugin. It is /host/opt/cni/bin/.sriov.foreign now',
  );
  expect(await sh(`cat ${BIN}/.sriov.foreign; ls -A ${BIN}`)).toBe('#!/bin/sh\n.sriov.foreign\nsriov');
});

/** Half a minute each time. */
const repeated = isSoak ? ['made again it is the same'] : [];

test.for(repeated)('%s', { timeout: TIMEOUT_MS }, async () => {
  await sh(`bash ${IMAGE_SCRIPT} ${work}/again.tar`);
  const digest = (archive: string) =>
    sh(`tar xOf ${work}/${archive} index.json | grep -o 'sha256:[0-9a-f]*'`);
  expect(await digest('again.tar')).toBe(await digest('image.tar'));
});
