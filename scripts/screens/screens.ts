/** node scripts/screens/screens.ts: what the tool shows of the lab's VM, as pictures for README. Needs a build and the lab. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bootLab } from '../../test/vm/lab.ts';
import { pictureOf } from './picture.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const TIMEOUT_MS = 120_000;
const WIDTH = 118;

const NETWORK = {
  cniVersion: '1.0.0',
  name: 'blue',
  type: 'sriov',
  vlan: 100,
  vlanQoS: 3,
  mac: '02:aa:00:00:00:01',
  trust: 'on',
  ipam: {
    type: 'host-local',
    subnet: '10.20.30.0/25',
    routes: [{ dst: '0.0.0.0/0' }],
    gateway: '10.20.10.1',
  },
};

/** Two pods have VFs, one of which has died without its DEL, as on a node whose runtime was killed. */
const SCENE = `set -e
mkdir -p /opt/cni/bin /etc/cni/net.d; cp ${here('../../dist/sriov')} /opt/cni/bin/
bash ${here('../lab/guest/make-vfs.sh')} 4 >/dev/null
echo '${JSON.stringify(NETWORK)}' >/root/net.json
attach() {
  ip netns add $1
  /opt/cni/bin/sriov run ADD -f /root/net.json -n $1 -d $2 --args "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=$1;MAC=$3" >/dev/null
}
attach cart-7d9f 0000:01:10.0 02:aa:00:00:00:07
attach search-5c44 0000:01:10.2 02:aa:00:00:00:08
ip netns del search-5c44; udevadm settle; sleep 1`;

const SCREENS = {
  discover: 'sriov discover',
  explain: 'sriov explain -f net.json -d 0000:01:10.4',
  doctor: 'sriov doctor',
};

/** On a terminal of its own, which is as wide as the picture. */
const onTerminal = (line: string) =>
  `cd /root; export PATH=/opt/cni/bin:$PATH TERM=xterm; script -qec 'stty cols ${WIDTH}; ${line}' /dev/null || true`;

const lab = await bootLab({ name: 'screens', udev: true });
try {
  const scene = await lab.run(SCENE, { timeoutMs: TIMEOUT_MS });
  if (scene.code !== 0) throw new Error(`Cannot set the scene: ${scene.stderr}`);
  for (const [name, line] of Object.entries(SCREENS)) {
    const { stdout } = await lab.run(onTerminal(line), { timeoutMs: TIMEOUT_MS });
    writeFileSync(here(`../../docs/screen-${name}.svg`), pictureOf(`# ${line}\n${stdout}`, WIDTH));
  }
} finally {
  await lab.down();
}
