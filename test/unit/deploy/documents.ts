/** The YAML files of docs/deploy, as far as tests ask of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod/mini';

const DIRECTORY = new URL('../../../docs/deploy/', import.meta.url);

const Labels = z.record(z.string(), z.string());
const Metadata = z.object({
  name: z.string(),
  namespace: z.optional(z.string()),
  labels: z.optional(Labels),
  annotations: z.optional(Labels),
});

export const Document = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.optional(Metadata),
});
export type Document = z.output<typeof Document>;

export const DaemonSet = z.object({
  metadata: Metadata,
  spec: z.object({
    selector: z.object({ matchLabels: Labels }),
    updateStrategy: z.object({
      type: z.string(),
      rollingUpdate: z.object({ maxSurge: z.number(), maxUnavailable: z.string() }),
    }),
    template: z.object({ metadata: z.object({ labels: Labels }), spec: z.looseObject({}) }),
  }),
});

const Quantities = z.record(z.string(), z.union([z.string(), z.number()]));
export const Pod = z.object({
  metadata: Metadata,
  spec: z.object({
    containers: z.array(
      z.object({
        image: z.string(),
        resources: z.object({ requests: Quantities, limits: Quantities }),
      }),
    ),
  }),
});

export const Attachable = z.object({ metadata: Metadata, spec: z.object({ config: z.string() }) });

/** Paths below docs/deploy. */
export const FILES = readdirSync(DIRECTORY, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);
export const EXAMPLES = FILES.filter((name) => name.startsWith('examples/'));

export const textOf = (file: string) => readFileSync(new URL(file, DIRECTORY), 'utf8');

/** Throws at what is no YAML, a key that stands twice included. */
export function documentsIn(file: string): readonly unknown[] {
  return parseAllDocuments(textOf(file), { strict: true }).map((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.toJS();
  });
}

export function ofKind<Schema extends z.core.$ZodType>(file: string, kind: string, schema: Schema) {
  return documentsIn(file)
    .filter((document) => z.parse(Document, document).kind === kind)
    .map((document) => z.parse(schema, document));
}
