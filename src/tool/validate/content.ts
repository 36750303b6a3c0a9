/** What one file is: a configuration, or manifests. */
import { type Configuration, configurationIn, looksLikeConfiguration } from './configuration.ts';
import { type Finding, findingAt } from './finding.ts';
import { isObject, type Located, locatedJson } from './located.ts';
import { type Manifest, manifestsIn } from './manifest.ts';
import type { Source } from './source.ts';

export type Content = {
  readonly findings: readonly Finding[];
  readonly configurations: readonly Configuration[];
  readonly manifests: readonly Manifest[];
};

const NOTHING: Content = { findings: [], configurations: [], manifests: [] };

export function contentOf(source: Source): Content {
  if (source.text.trim() === '') return emptyContentOf(source);
  if (isYaml(source)) return yamlContentOf(source);
  const { located, findings } = locatedJson(source);
  if (!located) return { ...NOTHING, findings };
  if (isManifest(located)) return yamlContentOf(source);
  return configurationContentOf(located, findings);
}

/** Whoever pipes nothing has made a mistake elsewhere. */
function emptyContentOf({ spotOf }: Source): Content {
  const place = { ...spotOf(0), path: '' };
  return {
    ...NOTHING,
    findings: [findingAt(place, 'no-configuration', { problem: 'There is nothing in it' })],
  };
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

/** Objects of Kubernetes may have a `type`, too. */
const isManifest = ({ json }: Located) =>
  isObject(json) &&
  json['kind'] !== undefined &&
  (json['apiVersion'] !== undefined || !looksLikeConfiguration(json));

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
