/** `sriov install`, `sriov install --roll-back` and `sriov uninstall`, as people use them. */
import { describe, expect } from 'vitest';
import { ipamCall } from './as-host-local.ts';
import {
  BIN,
  done,
  failed,
  install,
  namesIn,
  OLD_VERSION,
  PLUGIN,
  plantAnother,
  plantOlder,
  tool,
  VERSION,
} from './installing.ts';
import { EXECUTABLE, type Machine } from './machine.ts';
import { machineTest } from './machine-test.ts';
import { TUTORIAL } from './networks.ts';
import { attached, expectSilence } from './outcome.ts';

const test = machineTest({ vfs: 1, pods: ['pod1'] });

const INSTALLED = `Installed version ${VERSION} as ${PLUGIN}.`;
const WAY_BACK = `"sriov install --roll-back --to ${BIN}" brings it back`;
const uninstall = (machine: Machine, ...words: readonly string[]) =>
  tool(machine, 'uninstall', '--to', BIN, ...words);

describe('install', () => {
  test('makes the directory, and the executable with mode 755', async ({ machine }) => {
    expect(await install(machine)).toEqual(done(INSTALLED));
    expect(await namesIn(machine)).toEqual(['sriov: new']);
    expect(await machine.sh(`stat -c '%a %U' ${BIN} ${PLUGIN}`)).toBe('755 root\n755 root');
  });

  test('by default it is /opt/cni/bin', async ({ machine }) => {
    await machine.sh(`mkdir -p /opt; mount -t tmpfs tmpfs /opt`);
    expect(await tool(machine, 'install')).toEqual(
      done(`Installed version ${VERSION} as /opt/cni/bin/sriov.`),
    );
  });

  test('where the runtime does not look it notes so, and where it does, also by a link, not', async ({
    machine,
  }) => {
    await machine.sh(`cp -a /etc /run/etc; mount --bind /run/etc /etc; mkdir -p /etc/containerd ${BIN}
      echo 'bin_dir = "/run/by-link"' >/etc/containerd/config.toml`);
    const stderr = `note: By /etc/containerd/config.toml the runtime looks for plugins in /run/by-link, and not in ${BIN}. For that runtime: sriov install --to /run/by-link`;
    expect(await install(machine)).toEqual({ ...done(INSTALLED), stderr });
    await machine.sh(`ln -s ${BIN} /run/by-link`);
    expect((await install(machine)).stderr).toBe('');
  });

  test('a second time has nothing to do, and touches nothing', async ({ machine }) => {
    await install(machine);
    const seen = () => machine.sh(`stat -c '%i %y %z' ${PLUGIN}; ls -A ${BIN}`);
    const before = await seen();
    expect(await install(machine)).toEqual(done(`${PLUGIN} is version ${VERSION} already: nothing to do.`));
    expect(await seen()).toBe(before);
  });

  test('the installed file can install itself', async ({ machine }) => {
    await install(machine);
    expect(await machine.run([PLUGIN, 'install', '--to', '/run/other'])).toMatchObject({ code: 0 });
    expect((await machine.run([PLUGIN, 'install', '--to', BIN])).stdout).toContain('nothing to do');
  });

  test('a command of the old version that is running ends as if nothing had been', async ({ machine }) => {
    await plantOlder(machine);
    const answer = await machine.sh(`mkfifo /run/input
      CNI_COMMAND=VERSION ${PLUGIN} </run/input >/run/answer & exec 3>/run/input
      ${EXECUTABLE} install --to ${BIN} >/run/said
      echo '{"cniVersion":"1.0.0"}' >&3; exec 3>&-; wait $!; cat /run/said /run/answer`);
    expect(answer).toContain(INSTALLED);
    expect(answer).toContain('"cniVersion": "1.0.0"');
    expect(await namesIn(machine)).toEqual(['.sriov.previous: older', 'sriov: new']);
  });

  test('what was there is kept, and said: a version of ours', async ({ machine }) => {
    await plantOlder(machine);
    expect(await install(machine)).toEqual(
      done(
        `${INSTALLED}\nWhat was there, version ${OLD_VERSION}, is ${BIN}/.sriov.previous now: ${WAY_BACK}.`,
      ),
    );
  });

  test('what was there is kept, and said: another program, or a link to one', async ({ machine }) => {
    await plantAnother(machine);
    expect((await install(machine)).stdout).toContain(
      `What was there, another program, is ${BIN}/.sriov.previous now`,
    );
    await machine.sh(`rm ${PLUGIN}; ln -s /bin/true ${PLUGIN}`);
    await plantAnother(machine, 'theirs');
    await machine.sh(`ln -sf theirs ${PLUGIN}`);
    expect((await install(machine)).stdout).toContain('What was there, a symbolic link to theirs, is');
    expect(await namesIn(machine)).toEqual([
      '.sriov.previous: link to theirs',
      'sriov: new',
      'theirs: another',
    ]);
  });

  test.for(['chmod 4755', 'chmod 777', 'chmod 600', 'chown 1000'])(
    'after %s it is installed again, and that copy is not kept',
    async (spoil, { machine }) => {
      await install(machine);
      await machine.sh(`${spoil} ${PLUGIN}`);
      expect(await install(machine)).toEqual(done(INSTALLED));
      expect(await machine.sh(`stat -c '%a %u' ${PLUGIN}; ls -A ${BIN}`)).toBe('755 0\nsriov');
    },
  );

  test('several at once agree: one is in place, and what was there before all of them is kept', async ({
    machine,
  }) => {
    await plantAnother(machine);
    const ended = await Promise.all(Array.from({ length: 4 }, () => install(machine)));
    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(Array(4).fill([0, '']));
    expect(await namesIn(machine)).toEqual(['.sriov.previous: another', 'sriov: new']);
  });
});

describe('install --host-local', () => {
  const path = `${BIN}/host-local`;

  test('makes a link, once', async ({ machine }) => {
    expect(await install(machine, '--host-local')).toEqual(
      done(`${INSTALLED}\n${path} is a link to sriov now.`),
    );
    expect((await install(machine, '--host-local')).stdout).toContain(
      `${path} is a link to sriov already: nothing to do.`,
    );
    expect(await namesIn(machine)).toEqual(['host-local: link to sriov', 'sriov: new']);
    const call = ipamCall({ subnet: '10.1.2.0/30' }, {});
    expect(attached(await machine.add({ ...call, plugin: path })).ips).toHaveLength(1);
  });

  test('keeps a host-local that is there, and uninstall brings it back', async ({ machine }) => {
    await plantAnother(machine, 'host-local');
    expect((await install(machine, '--host-local')).stdout).toContain(
      `What was there, another program, is ${BIN}/.host-local.previous now.`,
    );
    expect(await uninstall(machine)).toEqual(
      done(`${path} is again what it was.\nRemoved ${PLUGIN}, version ${VERSION}.`),
    );
    expect(await namesIn(machine)).toEqual(['host-local: another']);
  });
});

describe('install --roll-back', () => {
  test('exchanges the two, and again', async ({ machine }) => {
    await plantOlder(machine);
    await install(machine);
    expect(await install(machine, '--roll-back')).toEqual(
      done(
        `${PLUGIN} is version ${OLD_VERSION} again. What was there, version ${VERSION}, is ${BIN}/.sriov.previous now.`,
      ),
    );
    expect(await namesIn(machine)).toEqual(['.sriov.previous: new', 'sriov: older']);
    await install(machine, '--roll-back');
    expect(await namesIn(machine)).toEqual(['.sriov.previous: older', 'sriov: new']);
  });

  test('is refused where nothing was replaced', async ({ machine }) => {
    await install(machine);
    expect(await install(machine, '--roll-back')).toEqual(
      failed(`Cannot roll back: ${BIN}/.sriov.previous is not there, so nothing was replaced`),
    );
  });

  test('is refused if the previous one does not start', async ({ machine }) => {
    await plantOlder(machine);
    await install(machine);
    await machine.sh(`chmod 644 ${BIN}/.sriov.previous`);
    expect((await install(machine, '--roll-back')).stderr).toMatch(/does not work there: .*EACCES/);
    expect(await namesIn(machine)).toEqual(['.sriov.previous: older', 'sriov: new']);
  });

  test('to another plugin takes the link host-local away, too', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine, '--host-local');
    expect((await install(machine, '--roll-back')).stdout).toBe(
      `${PLUGIN} is another program again. What was there, version ${VERSION}, is ${BIN}/.sriov.previous now.\nRemoved the link ${BIN}/host-local.`,
    );
  });
});

describe('uninstall', () => {
  test('removes what is ours, older versions too, and a second time nothing', async ({ machine }) => {
    await plantOlder(machine);
    await install(machine, '--host-local');
    expect(await uninstall(machine)).toEqual(
      done(
        `Removed the link ${BIN}/host-local.\nRemoved ${PLUGIN}, version ${VERSION}.\nRemoved ${BIN}/.sriov.previous, version ${OLD_VERSION}.`,
      ),
    );
    expect(await namesIn(machine)).toEqual([]);
    expect(await uninstall(machine)).toEqual(done(`${PLUGIN} is not there: nothing to remove.`));
    expect((await tool(machine, 'uninstall', '--to', '/run/none')).stdout).toContain('nothing to remove');
  });

  test('brings the program back that had the name', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine);
    expect(await uninstall(machine)).toEqual(
      done(`Removed ${PLUGIN}, version ${VERSION}.\n${PLUGIN} is another program again.`),
    );
    expect(await namesIn(machine)).toEqual(['sriov: another']);
  });

  test('leaves alone what is not ours', async ({ machine }) => {
    await plantAnother(machine);
    await machine.sh(`ln -s /run/none ${BIN}/host-local`);
    expect(await uninstall(machine, '--force')).toEqual(
      failed(`${PLUGIN} is not this plugin, but another program: it is left as it is`),
    );
    expect(await namesIn(machine)).toEqual(['host-local: link to /run/none', 'sriov: another']);
  });

  test('after a roll-back removes the version that is kept', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine);
    await install(machine, '--roll-back');
    expect(await uninstall(machine)).toEqual(done(`Removed ${BIN}/.sriov.previous, version ${VERSION}.`));
    expect(await namesIn(machine)).toEqual(['sriov: another']);
  });

  test('and a roll-back to another plugin are refused while a VF is attached', async ({ machine }) => {
    await plantAnother(machine);
    await install(machine, '--host-local');
    attached(await machine.add({ netconf: TUTORIAL, args: 'K8S_POD_NAMESPACE=blue;K8S_POD_NAME=web' }));
    const refusal = failed(
      'Attachments are recorded that nobody else can end: 0000:01:10.0 (blue/web net1). End their pods first, or go on with --force: then their VFs stay as they are',
    );
    expect(await uninstall(machine)).toEqual(refusal);
    expect(await install(machine, '--roll-back')).toEqual(refusal);
    const names = ['.sriov.previous: another', 'host-local: link to sriov', 'sriov: new'];
    expect(await namesIn(machine)).toEqual(names);
    expect((await install(machine, '--roll-back', '--force')).code).toBe(0);
    await install(machine);
    expectSilence(await machine.del({ netconf: TUTORIAL }));
    expect((await uninstall(machine)).code).toBe(0);
  });
});
