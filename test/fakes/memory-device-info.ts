/** The port DeviceInfo over files in memory. */
import { CniError } from '../../schemas/fault.ts';
import type { DeviceInfo } from '../../src/attachment/ports.ts';
import type { Steps } from '../../src/model/steps.ts';

export type MemoryDeviceInfo = DeviceInfo & { readonly files: Map<string, object> };

export function memoryDeviceInfo(steps: Steps): MemoryDeviceInfo {
  const files = new Map<string, object>();
  const refuse = (): never => {
    throw new CniError('input-output', 'Cannot write the device information: ENOSPC');
  };
  return {
    files,
    write: (path, info) => steps.take(`write ${path}`, () => void files.set(path, info), refuse),
    remove: (path) => {
      if (files.has(path)) steps.take(`remove ${path}`, () => void files.delete(path), refuse);
    },
  };
}
