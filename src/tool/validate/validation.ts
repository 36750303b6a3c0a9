/** Texts in, findings out. */
import { type Configuration, configurationIn, looksLikeConfiguration } from './configuration.ts';
import { type Finding, findingAt, inOrder, type Place } from './finding.ts';
import { lintsOf, type Reader } from './lints.ts';
import { isObject, type Located, locatedJson } from './located.ts';
import { type Manifest, manifestsIn } from './manifest.ts';
import { type Cluster, networkLints, workloadLints } from './network-lints.ts';
import { networkOf, workloadOf } from './networks.ts';
import { refusalsOf } from './refusals.ts';
import type { Source } from './source.ts';

/** A document that is no configuration. */
export type PassedOver = Place & { readonly what: string };

export type Validation = {
  readonly findings: readonly Finding[];
  readonly passedOver: readonly PassedOver[];
  readonly counts: { readonly files: number; readonly own: number; readonly others: number };
};

/** What one file has. */
type Content = {
  readonly findings: readonly Finding[];
  readonly configurations: readonly Configuration[];
  readonly manifests: readonly Manifest[];
};

export function validationOf(sources: readonly Source[]): Validation {
  const contents = sources.map(contentOf);
  const manifests = contents.flatMap((content) => content.manifests);
  const [networks, workloads] = [
    manifests.filter(isNetwork).map(networkOf),
    manifests.flatMap((one) => workloadOf(one) ?? []),
  ];
  const cluster: Cluster = { networks, workloads };
  const configurations = contents.flatMap((content) => content.configurations);
  const findings = [
    ...contents.flatMap((content) => content.findings),
    ...configurations.flatMap((one) => findingsOf(one, 'anybody')),
    ...networks.flatMap((one) => [...one.findings, ...findingsOf(one.configuration, 'Multus')]),
    ...networks.flatMap((one) => networkLints(one, cluster)),
    ...workloads.flatMap((one) => [...one.findings, ...workloadLints(one, cluster)]),
  ];
  const all = [...configurations, ...networks.map(({ configuration }) => configuration)];
  return {
    findings: inOrder(
      findings,
      sources.map(({ file }) => file),
    ),
    passedOver: manifests.filter((one) => !isNetwork(one) && !asksForNetworks(one)).map(passedOver),
    counts: {
      files: sources.length,
      own: all.reduce((sum, { sent }) => sum + sent.length, 0),
      others: all.reduce((sum, { others }) => sum + others, 0),
    },
  };
}

function findingsOf({ sent }: Configuration, reader: Reader): Finding[] {
  return sent.flatMap((one) => [...refusalsOf(one), ...lintsOf(one, reader)]);
}

const isNetwork = (manifest: Manifest) => manifest.textAt(['kind']) === 'NetworkAttachmentDefinition';

const asksForNetworks = (manifest: Manifest) => (workloadOf(manifest)?.requests.length ?? 0) > 0;

function passedOver(manifest: Manifest): PassedOver {
  const [kind, name] = [manifest.textAt(['kind']), manifest.textAt(['metadata', 'name'])];
  const what = kind === undefined ? 'A document without kind' : kind;
  return { ...manifest.at([]), what: name === undefined ? what : `${what} ${JSON.stringify(name)}` };
}

const NOTHING: Content = { findings: [], configurations: [], manifests: [] };

function contentOf(source: Source): Content {
  if (isYaml(source)) return yamlContentOf(source);
  const { located, findings } = locatedJson(source);
  if (!located) return { ...NOTHING, findings };
  if (isManifest(located)) return yamlContentOf(source);
  return configurationContentOf(located, findings);
}

/** What a name does not tell, its first character does: JSON is an object. */
function isYaml({ file, text }: Source): boolean {
  if (/\.ya?ml$/.test(file)) return !isJsonObject(text);
  return !/\.(json|conf|conflist)$/.test(file) && !/^\s*[[{]/.test(text);
}

function isJsonObject(text: string): boolean {
  try {
    return /^\s*\{/.test(text) && isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

const isManifest = ({ json }: Located) =>
  isObject(json) && json['kind'] !== undefined && !looksLikeConfiguration(json);

function configurationContentOf(located: Located, findings: readonly Finding[]): Content {
  const { json } = located;
  if (isObject(json) && !looksLikeConfiguration(json)) {
    const problem = 'This is neither a network configuration (it has no "type") nor a list of plugins';
    return {
      ...NOTHING,
      findings: [...findings, findingAt(located.at([]), 'no-configuration', { problem })],
    };
  }
  const configuration = configurationIn(located);
  return { ...NOTHING, configurations: [configuration], findings: [...findings, ...configuration.findings] };
}

function yamlContentOf(source: Source): Content {
  const { manifests, findings } = manifestsIn(source);
  const stray = manifests.filter((one) => !one.has(['kind']) && (one.has(['type']) || one.has(['plugins'])));
  const told = stray.map((one) => {
    const problem = 'This is a network configuration in YAML, which no runtime reads';
    const remedy = 'Write it as JSON';
    return findingAt(one.at([]), 'not-json', { problem, remedy });
  });
  const others = manifests.filter((one) => !stray.includes(one));
  return { ...NOTHING, manifests: others, findings: [...findings, ...told] };
}
