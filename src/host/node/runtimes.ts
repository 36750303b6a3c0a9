/** Where the container runtimes of the node look for plugins and networks. */
import { fileAt, filesIn } from './files.ts';
import {
  CONTAINERD_FILES,
  CRIO_DIRECTORY,
  CRIO_FILE,
  DEFAULT_NETWORK_DIRECTORY,
  DEFAULT_PLUGIN_DIRECTORY,
} from './places.ts';

/** Who looks for plugins in these directories, the first that has one counts. */
export type PluginPath = { readonly of: string; readonly directories: readonly string[] };

export type RuntimePlaces = {
  readonly pluginPaths: readonly PluginPath[];
  readonly networkDirectories: readonly string[];
};

/** Of the directory that counts where no runtime says another. */
export const BY_DEFAULT = 'the default';

export function runtimePlaces(cniPath: string | undefined): RuntimePlaces {
  const files = [
    ...CONTAINERD_FILES.flatMap((path) => fileAt(path) ?? []),
    ...[fileAt(CRIO_FILE) ?? [], filesIn(CRIO_DIRECTORY, ['.conf'])].flat(),
  ];
  const told = files.map(({ path, text }) => ({ of: path, ...placesIn(text) }));
  const ofEnvironment = cniPath ? [{ of: 'CNI_PATH', directories: cniPath.split(':').filter(Boolean) }] : [];
  const ofFiles = told.flatMap(({ of, plugins }) =>
    plugins.length > 0 ? [{ of, directories: plugins }] : [],
  );
  const pluginPaths = [...ofEnvironment, ...ofFiles];
  const networks = told.flatMap((one) => one.networks);
  return {
    pluginPaths:
      pluginPaths.length > 0 ? pluginPaths : [{ of: BY_DEFAULT, directories: [DEFAULT_PLUGIN_DIRECTORY] }],
    networkDirectories: networks.length > 0 ? [...new Set(networks)] : [DEFAULT_NETWORK_DIRECTORY],
  };
}

type Told = { readonly plugins: string[]; readonly networks: string[] };

/** Of containerd's configuration (`bin_dir`, since 2.1 `bin_dirs`; `conf_dir`) and CRI-O's. */
export function placesIn(toml: string): Told {
  const text = toml.replace(/^\s*#.*$/gm, '');
  return {
    plugins: ['bin_dir', 'bin_dirs', 'plugin_dirs'].flatMap((key) => valuesOf(text, key)),
    networks: ['conf_dir', 'network_dir'].flatMap((key) => valuesOf(text, key)),
  };
}

/** One text, or a list of texts. */
function valuesOf(text: string, key: string): string[] {
  const [, value = ''] = new RegExp(`^\\s*${key}\\s*=\\s*(\\[[^\\]]*\\]|.*)$`, 'm').exec(text) ?? [];
  return [...value.matchAll(/["']([^"']+)["']/g)].flatMap(([, path = '']) => path.replace(/(.)\/+$/, '$1'));
}
