/** Generates what must agree with the schemas and the fault table: JSON Schema and two pages of documentation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { FAULTS } from '../schemas/fault.ts';
import { IpamConf, RangeConf, RouteConf } from '../schemas/ipam-conf.ts';
import { NetConf, NOT_SUPPORTED } from '../schemas/netconf.ts';

const MADE_BY = 'made by `npm run generate` from';

type Property = { readonly description?: string; readonly type?: string; readonly enum?: readonly unknown[] };

/** Words are texts to a caller: what they are parsed into is ours. */
function jsonSchemaOf(schema: z.core.$ZodType) {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-7', reused: 'inline' });
}

function netconfSchema(): string {
  const schema = { title: 'Network configuration of the sriov CNI plugin', ...jsonSchemaOf(NetConf) };
  return `${JSON.stringify(schema, null, 2)}\n`;
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
  const refused = NOT_SUPPORTED.map((path) => `\`${path.join('.')}\``).join(', ');
  return `# Configuration

<!-- ${MADE_BY} schemas/netconf.ts and schemas/ipam-conf.ts -->

The keys of a network configuration with \`"type": "sriov"\`. Keys are matched case-insensitively, \`null\` is absent, and so
is \`""\` for a key that is not required. All wrong values are reported at once, before anything is changed. Keys of sriov-cni and
host-local that this release does not support are refused with code 2: ${refused}. Other unknown keys are ignored. An
editor that knows JSON Schema can check a configuration against
[schemas/json/netconf.schema.json](../schemas/json/netconf.schema.json).

${table([...rows(NetConf.shape, ''), ...rows({ mac: NetConf.shape.mac }, 'runtimeConfig.')])}

## Addresses: \`ipam\`

Without \`ipam\`, or without a \`type\` in it, the interface gets no addresses.

${table(rows(IpamConf.shape, 'ipam.'))}

### A range

${table(rows(RangeConf.shape, ''))}

### A route

${table(rows(RouteConf.shape, ''))}

## CNI_ARGS

\`MAC=...\` sets the MAC address. \`IP=...\` is refused with code 2: requested addresses are not supported yet. All other keys are
ignored, whoever sends them.
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
  'docs/configuration.md': configurationPage,
  'docs/errors.md': errorsPage,
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
