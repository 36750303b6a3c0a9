import { readFileSync } from 'node:fs';

/** The kernel's clock at boot, in whole seconds. */
export function bootTimeMs(): number {
  const [, seconds] = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? [];
  return Number(seconds) * 1000;
}

/** Never the same again. */
export const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
