/** The tool is a bundle of its own, kept beside the snapshot: the plugin's start does not pay for it. */
import type { Module } from 'node:module';
import type { StartTool } from './tool.ts';

const TOOL_ASSET = 'tool.cjs';

type Compiled = (module: { exports: unknown }, require: NodeJS.Require) => void;

export function loadTool(): StartTool {
  const { getAsset } = process.getBuiltinModule('node:sea');
  const { compileFunction } = process.getBuiltinModule('node:vm');
  const { createRequire } = process.getBuiltinModule('node:module') as unknown as typeof Module;
  const module = { exports: {} as { startTool: StartTool } };
  const compiled = compileFunction(getAsset(TOOL_ASSET, 'utf8'), ['module', 'require'], {
    filename: TOOL_ASSET,
  }) as Compiled;
  compiled(module, createRequire('file:///'));
  return module.exports.startTool;
}
