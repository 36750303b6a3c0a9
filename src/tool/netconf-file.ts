/** A network configuration from wherever people keep one: alone, in a list, or in a NetworkAttachmentDefinition. */
import { decode, type Json, valueAt } from '../../schemas/decode.ts';
import { CniError } from '../../schemas/fault.ts';
import { deviceIdsOf } from '../../schemas/netconf.ts';
import { DelConf } from '../../schemas/partial-conf.ts';
import { WHERE_VFS_ARE } from './attachment-options.ts';
import type { Tool } from './tool.ts';
import { OWN_TYPE } from './validate/configuration.ts';
import { contentOf } from './validate/content.ts';
import { networkOf } from './validate/networks.ts';
import { readSource } from './validate/read-source.ts';
import type { Source } from './validate/source.ts';
import { isNetwork } from './validate/validation.ts';

export type Named = { readonly file: string; readonly device?: string | undefined };

/** What a runtime would hand to the plugin. Throws CniError, which names the file. */
export function readNetconf({ file, device }: Named, tool: Pick<Tool, 'readStdin'>): Json {
  const json = ownIn(readSource(file, tool));
  return device === undefined ? json : { ...json, deviceID: device };
}

export function ownIn(source: Source): Json {
  const plugins = pluginsIn(source);
  const typeOf = (plugin: Json) => valueAt(plugin, ['type']);
  const [own, another] = plugins.filter((plugin) => typeOf(plugin) === OWN_TYPE);
  if (another)
    throw new CniError('netconf', `${source.file} has several configurations of sriov: give one by itself`);
  if (own) return own;
  const types = new Set(plugins.map((plugin) => JSON.stringify(typeOf(plugin))));
  throw new CniError(
    'netconf',
    `Cannot use ${source.file}: no plugin in it has the type "${OWN_TYPE}", but ${[...types].join(', ')}`,
  );
}

/** Each plugin that is configured in it, as a runtime would call it. */
export function pluginsIn(source: Source): Json[] {
  const { configurations, manifests, findings } = contentOf(source);
  const networks = manifests.filter(isNetwork).map(networkOf);
  const wrong = [...findings, ...networks.flatMap((one) => one.findings)].find(
    ({ severity }) => severity === 'error',
  );
  if (wrong) {
    const said = [wrong.problem, wrong.remedy].filter(Boolean).join('. ');
    throw new CniError('netconf', `${wrong.file}:${wrong.line}:${wrong.column}: ${said}`);
  }
  const all = [...configurations, ...networks.map(({ configuration }) => configuration)];
  const plugins = all.flatMap((one) => one.plugins);
  if (plugins.length > 0) return plugins;
  throw new CniError('netconf', `There is no network configuration in ${source.file}`);
}

/** To a person who starts the plugin, Multus and its annotations are nothing. */
export function mustNameVf(json: Json): void {
  if (deviceIdsOf(decode(DelConf, json, 'netconf')).length > 0) return;
  throw new CniError(
    'netconf',
    `The configuration has no deviceID that is a PCI address: name a VF by --device, as Multus does. ${WHERE_VFS_ARE}`,
  );
}
