/** Generates what must agree with the schemas and the fault table: JSON Schema and two pages of documentation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { FAULTS } from '../schemas/fault.ts';
import { Dns, IpamConf, RangeConf, RouteConf } from '../schemas/ipam-conf.ts';
import { CniArgs, NetConf, RuntimeConfig } from '../schemas/netconf.ts';
import { POLICY_FILE, Policy } from '../schemas/policy.ts';
import { MAX_ENTRIES } from '../schemas/words.ts';
import { cliPageOf } from './reference/cli-page.ts';
import { describedProgram, VERSION } from './reference/described-program.ts';
import { manPageOf } from './reference/man-page.ts';

const MADE_BY = 'made by `npm run generate` from';

type Property = { readonly description?: string; readonly type?: string; readonly enum?: readonly unknown[] };

/** Words are texts to a caller: what they are parsed into is ours. */
function jsonSchemaOf(schema: z.core.$ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-7', reused: 'inline' });
}

/** An `ipam` of another type has the keys of the plugin that it names. */
const ANY_IPAM = {
  type: 'object',
  properties: { type: { type: 'string', pattern: '^(?!host-local$)' } },
  description: 'Addresses, from the plugin of that name in CNI_PATH.',
};

function netconfSchema(): string {
  const { properties = {}, ...schema } = jsonSchemaOf(NetConf);
  const ipam = { anyOf: [properties['ipam'], ANY_IPAM] };
  const title = 'Network configuration of the sriov CNI plugin';
  return `${JSON.stringify({ title, ...schema, properties: { ...properties, ipam } }, null, 2)}\n`;
}

function policySchema(): string {
  const title = `Policy of a node for the sriov CNI plugin (${POLICY_FILE})`;
  return `${JSON.stringify({ title, ...jsonSchemaOf(Policy) }, null, 2)}\n`;
}

function legalValues(schema: z.core.$ZodType): string {
  const failed = z.safeParse(schema, Symbol('nothing legal'));
  const message = failed.success ? 'anything' : (failed.error.issues[0]?.message ?? 'anything');
  return message.replaceAll('|', '\\|');
}

function rows(shape: Readonly<Record<string, z.core.$ZodType>>, prefix: string): string[] {
  return Object.entries(shape).map(([key, schema]) => {
    const { description = '' } = jsonSchemaOf(schema) as Property;
    const isRequired = schema._zod.optin !== 'optional';
    return `| \`${prefix}${key}\` | ${isRequired ? 'yes' : ''} | ${legalValues(schema)} | ${description} |`;
  });
}

const table = (lines: readonly string[]) =>
  ['| key | required | legal values | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');

function configurationPage(): string {
  return `# Configuration

<!-- ${MADE_BY} schemas/netconf.ts, schemas/ipam-conf.ts and schemas/policy.ts -->

The keys of a network configuration with \`"type": "sriov"\`. Keys are matched case-insensitively, \`null\` is absent, and so
is \`""\` for a key that is not required; of a key that comes twice the last counts. Lists of addresses, exclusions, routes and texts have at most ${MAX_ENTRIES} entries, and so have all ranges together. All wrong values are reported at once, before anything is changed. An unknown key is ignored,
with a warning in the log that names the nearest known one. An editor that knows JSON Schema can check a configuration against
[schemas/json/netconf.schema.json](../schemas/json/netconf.schema.json): with \`"$schema": "<path or URL of that file>"\` in it, for instance
(runtimes pass that key on, and it is ignored).

\`\`\`json
{ "type": "sriov", "cniVersion": "1.0.0", "name": "blue", "vlan": 100, "vlanQoS": 2, "max_tx_rate": 1000, "spoofchk": "on",
  "capabilities": { "mac": true, "ips": true },
  "ipam": { "type": "host-local",
            "ranges": [[{ "subnet": "10.20.30.0/24", "gateway": "10.20.30.1" }], [{ "subnet": "2001:db8:1::/64" }]],
            "exclude": ["10.20.30.5", "10.20.30.64-10.20.30.79", "10.20.30.128/28"],
            "routes": [{ "dst": "0.0.0.0/0" }, { "dst": "::/0" }] } }
\`\`\`

One VLAN, one IPv4 and one IPv6 address for each pod. How addresses are chosen tells [ipam/README.md](../ipam/README.md), what users ask for most
[recipes.md](recipes.md), what an error means [errors.md](errors.md).

${table([
  ...rows(NetConf.shape, ''),
  ...rows(RuntimeConfig.shape, 'runtimeConfig.'),
  ...rows(CniArgs.shape, 'args.cni.'),
  ...rows(Dns.shape, 'dns.'),
])}

A VF whose driver is for userspace (\`vfio-pci\`, \`uio_pci_generic\`, \`igb_uio\`) is set up through its PF and moved nowhere. Its addresses are in
the result only: the program that has the VF has to use them.

## Addresses: \`ipam\`

Without \`ipam\`, or without a \`type\` in it, the interface gets no addresses. The keys of the built-in store, \`"type": "host-local"\`, follow;
any other \`type\` names a plugin in CNI_PATH, which is run as the CNI specification says and reads keys of its own. DEL calls it with the
configuration of ADD.

${table(rows(IpamConf.shape, 'ipam.'))}

### A range

${table(rows(RangeConf.shape, ''))}

### A route

${table(rows(RouteConf.shape, ''))}

## CNI_ARGS

\`MAC=...\` sets the MAC address, \`IP=...\` requests addresses, several joined by commas. Of a key that comes twice the last counts, an empty value is none, and
all other keys are ignored, whoever sends them.

## The policy of a node: \`${POLICY_FILE}\`

The administrator of a node limits with it what network configurations may ask there; see [security.md](security.md). A key that is absent
allows, and so does a file that is absent. Keys count as they are written here. For an editor:
[schemas/json/policy.schema.json](../schemas/json/policy.schema.json).

${table(rows(Policy.shape, ''))}
`;
}

function errorsPage(): string {
  const lines = Object.values(FAULTS).map(({ code, msg, remedy }) => `| ${code} | ${msg} | ${remedy} |`);
  return `# Errors

<!-- ${MADE_BY} schemas/fault.ts -->

A command that fails prints one JSON document with \`cniVersion\`, \`code\`, \`msg\` and \`details\`, and exits with 1. \`msg\`
is constant, so that one can alert on it; \`details\` is the sentence that says what happened. Codes below 100 are those of
the [CNI specification](https://www.cni.dev/docs/spec/#error).

| code | msg | what to do |
| --- | --- | --- |
${lines.join('\n')}
`;
}

const PAGES: Readonly<Record<string, () => string>> = {
  'schemas/json/netconf.schema.json': netconfSchema,
  'schemas/json/policy.schema.json': policySchema,
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
  'docs/cli.md': () => cliPageOf(describedProgram()),
  'docs/sriov.1': () => manPageOf(describedProgram(), VERSION),
};

const pathOf = (page: string) => fileURLToPath(new URL(`../${page}`, import.meta.url));

function isStale(page: string, text: string): boolean {
  try {
    return readFileSync(pathOf(page), 'utf8') !== text;
  } catch {
    return true;
  }
}

const stale = Object.entries(PAGES).filter(([page, make]) => isStale(page, make()));
if (process.argv.includes('--check')) {
  for (const [page] of stale) process.stderr.write(`${page} is stale: npm run generate\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [page, make] of stale) writeFileSync(pathOf(page), make());
}
