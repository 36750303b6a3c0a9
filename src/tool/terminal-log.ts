import type { Log } from '../attachment/ports.ts';
import { plain, type Terminal } from './terminal.ts';

/** What the plugin would warn of is told to the person, once. */
export function logTo({ tell }: Pick<Terminal, 'tell'>): Log {
  const told = new Set<string>();
  return (level, message) => {
    const line = `${level}: ${plain(message)}\n`;
    if ((level !== 'error' && level !== 'warning') || told.has(line)) return;
    told.add(line);
    tell(line);
  };
}
