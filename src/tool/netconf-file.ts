/** A network configuration from wherever people keep one: alone, in a list, or in a NetworkAttachmentDefinition. */
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod/mini';
import type { Json } from '../../schemas/decode.ts';
import { CniError } from '../../schemas/fault.ts';
import { parseJson } from '../cni/request.ts';

const OUR_TYPE = 'sriov';
const STDIN = '-';

const List = z.object({ plugins: z.array(z.record(z.string(), z.unknown())) });
const Definition = z.object({
  kind: z.literal('NetworkAttachmentDefinition'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ config: z.string() }),
});

/** What a runtime would hand to the plugin. */
export function readNetconf(path: string): Json {
  return netconfIn(readFileSync(path === STDIN ? 0 : path, 'utf8'), path);
}

export function netconfIn(text: string, path: string): Json {
  const definitions = parseAllDocuments(text).flatMap((document) => {
    const definition = Definition.safeParse(document.errors.length > 0 ? undefined : document.toJS());
    return definition.success ? [definition.data] : [];
  });
  const [definition, another] = definitions;
  if (another)
    throw new CniError('netconf', `${path} has several NetworkAttachmentDefinitions: give one by itself`);
  if (!definition) return ofList(parseJson(text), path);
  const conf = parseJson(definition.spec.config);
  return ofList({ name: definition.metadata.name, ...conf }, path);
}

/** A runtime gives each plugin of a list the list's name and version. */
function ofList(conf: Json, path: string): Json {
  const list = List.safeParse(conf);
  if (!list.success) return conf;
  const own = list.data.plugins.find(({ type }) => type === OUR_TYPE);
  if (!own) throw new CniError('netconf', `${path} has no plugin of the type "${OUR_TYPE}"`);
  const { name, cniVersion } = conf as { readonly name?: unknown; readonly cniVersion?: unknown };
  return { ...own, ...(name !== undefined && { name }), ...(cniVersion !== undefined && { cniVersion }) };
}
