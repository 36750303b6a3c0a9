/** Everything of a machine that an attachment may change, in a form that two of can be compared. */
import { readdir, readFile, readlink } from 'node:fs/promises';

type Item = Readonly<Record<string, unknown>>;
type Pod = {
  readonly links: readonly Item[];
  readonly addresses: readonly string[];
  readonly routes: readonly Item[];
};

export type Snapshot = {
  readonly links: readonly Item[];
  readonly pods: Readonly<Record<string, Pod>>;
  readonly sys: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
};

type Seen = {
  readonly home: readonly Item[];
  readonly pods: Record<string, { links: Item[]; addresses: Item[]; ipv4: Item[]; ipv6: Item[] }>;
};

const SEE = `
echo '{"home":'; ip -j -d link show
echo ',"pods":{'; comma=
for netns in /run/netns/*; do
  [[ -e $netns ]] || continue
  show() { nsenter --net="$netns" ip -j "$@"; }
  echo "$comma\\"\${netns##*/}\\":{\\"links\\":"; show -d link show
  echo ',"addresses":'; show address show
  echo ',"ipv4":'; show -4 route show table all
  echo ',"ipv6":'; show -6 route show table all
  echo '}'; comma=,
done
echo '}}'`;

export async function snapshotOf({
  sh,
  path,
}: {
  readonly sh: (script: string) => Promise<string>;
  readonly path: (inside: string) => string;
}): Promise<Snapshot> {
  const seen: Seen = JSON.parse(await sh(SEE));
  const pods = Object.entries(seen.pods).map(([name, pod]) => [
    name,
    {
      links: pod.links.map(settled),
      addresses: pod.addresses.flatMap(addressesOf).filter((address) => !isAutomatic(address)),
      routes: [...pod.ipv4, ...pod.ipv6].map(routeOf).filter(({ dst }) => !isAutomatic(String(dst))),
    },
  ]);
  return {
    links: byName(seen.home.map(settled)),
    pods: Object.fromEntries(pods),
    sys: await filesBelow(path('/sys/bus')),
    state: withoutTraces(await filesBelow(path('/var/lib/cni'))),
  };
}

const PASSING_FLAGS = ['LOWER_UP', 'NO-CARRIER', 'M-DOWN'];

/** Without what changes by itself: numbers, carrier, and which queue discipline a link last had while it was up. */
function settled({ ifindex, link_index, operstate, qdisc, flags, altnames, ...rest }: Item): Item {
  return {
    ...rest,
    flags: (flags as string[]).filter((flag) => !PASSING_FLAGS.includes(flag)),
    altnames: [...((altnames as string[] | undefined) ?? [])].sort(),
  };
}

function byName(links: readonly Item[]): Item[] {
  return links.toSorted((one, other) => String(one['ifname']).localeCompare(String(other['ifname'])));
}

function addressesOf({ ifname, addr_info }: Item): string[] {
  const addresses = addr_info as { local: string; prefixlen: number }[];
  return addresses.map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`);
}

/** `linkdown` follows the carrier. */
function routeOf({ flags, ...rest }: Item): Item {
  return rest;
}

/** The kernel gives a link its IPv6 link-local address and multicast route some time after it has a carrier. */
function isAutomatic(text: string): boolean {
  return /\bfe80:|\bff00:/.test(text);
}

/** Path below the folder -> content, or target of the symbolic link. */
async function filesBelow(folder: string, below = ''): Promise<Record<string, string>> {
  const entries = await readdir(`${folder}/${below}`, { withFileTypes: true });
  const files = await Promise.all(
    entries.map(async (entry) => {
      const name = `${below}${entry.name}`;
      if (entry.isDirectory()) return filesBelow(folder, `${name}/`);
      const path = `${folder}/${name}`;
      return { [name]: entry.isSymbolicLink() ? `-> ${await readlink(path)}` : await readFile(path, 'utf8') };
    }),
  );
  return Object.assign({}, ...files);
}

/** Lock files, and the memory of round robin, outlast an attachment. */
function withoutTraces(files: Record<string, string>): Record<string, string> {
  const isTrace = (name: string) => /(^|\/)(lock|last_reserved_ip\.\d+)$|\.lock$/.test(name);
  return Object.fromEntries(Object.entries(files).filter(([name]) => !isTrace(name)));
}
