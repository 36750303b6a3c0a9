/** Texts in, findings out. */

import type { Reader } from './address-lints.ts';
import type { Configuration } from './configuration.ts';
import { contentOf } from './content.ts';
import { type Finding, inOrder, type Place } from './finding.ts';
import { lintsOf } from './lints.ts';
import type { Manifest } from './manifest.ts';
import { clusterOf, networkLints, workloadLints } from './network-lints.ts';
import { networkOf } from './networks.ts';
import { refusalsOf } from './refusals.ts';
import type { Source } from './source.ts';
import { workloadOf } from './workloads.ts';

/** A document that is no configuration. */
export type PassedOver = Place & { readonly what: string };

export type Validation = {
  readonly findings: readonly Finding[];
  readonly passedOver: readonly PassedOver[];
  readonly counts: { readonly files: number; readonly own: number; readonly others: number };
};

export function validationOf(sources: readonly Source[]): Validation {
  const contents = sources.map(contentOf);
  const configurations = contents.flatMap((content) => content.configurations);
  const manifests = contents.flatMap((content) => content.manifests);
  const networks = manifests.filter(isNetwork).map(networkOf);
  const workloads = manifests.flatMap((one) => workloadOf(one) ?? []);
  const cluster = clusterOf(networks, workloads);
  const findings = [
    ...contents.flatMap((content) => content.findings),
    ...configurations.flatMap((one) => findingsOf(one, 'anybody')),
    ...networks.flatMap((one) => [...one.findings, ...findingsOf(one.configuration, 'Multus')]),
    ...networks.flatMap((one) => networkLints(one, cluster)),
    ...workloads.flatMap((one) => [...one.findings, ...workloadLints(one, cluster)]),
  ];
  const files = sources.map(({ file }) => file);
  return {
    findings: inOrder(findings, files),
    passedOver: manifests.filter((one) => !isNetwork(one) && !asksForNetworks(one)).map(passedOver),
    counts: {
      files: files.length,
      ...countsOf([...configurations, ...networks.map(({ configuration }) => configuration)]),
    },
  };
}

const countsOf = (all: readonly Configuration[]) => ({
  own: all.reduce((sum, { sent }) => sum + sent.length, 0),
  others: all.reduce((sum, { others }) => sum + others, 0),
});

function findingsOf({ sent }: Configuration, reader: Reader): Finding[] {
  return sent.flatMap((one) => [...refusalsOf(one), ...lintsOf(one, reader)]);
}

export const isNetwork = (manifest: Manifest) => manifest.textAt(['kind']) === 'NetworkAttachmentDefinition';

const asksForNetworks = (manifest: Manifest) => (workloadOf(manifest)?.requests.length ?? 0) > 0;

function passedOver(manifest: Manifest): PassedOver {
  const [kind, name] = [manifest.textAt(['kind']), manifest.textAt(['metadata', 'name'])];
  const what = kind === undefined ? 'A document without kind' : kind;
  return { ...manifest.at([]), what: name === undefined ? what : `${what} ${JSON.stringify(name)}` };
}
