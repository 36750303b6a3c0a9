/** This executable, started as the plugin that it is, to change something. */
import type { ExecutableFile } from '../host/run-child.ts';
import type { Tool } from './tool.ts';

/** Above the time that the plugin gives itself. */
const TIMEOUT_MS = 130_000;

type AsPlugin = Pick<ExecutableFile, 'path' | 'argv0' | 'timeoutMs' | 'isDetached'>;

/** Whatever its file is called: as host-local it would be another plugin. Ctrl-C does not reach it. */
export function asPlugin({ executable }: Pick<Tool, 'executable'>): AsPlugin {
  return { path: executable, argv0: 'sriov', timeoutMs: TIMEOUT_MS, isDetached: true };
}
