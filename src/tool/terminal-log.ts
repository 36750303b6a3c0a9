import type { Log } from '../attachment/ports.ts';
import { plain, type Terminal } from './terminal.ts';

/** What the plugin would warn of is told to the person. */
export const logTo =
  ({ tell }: Pick<Terminal, 'tell'>): Log =>
  (level, message) => {
    if (level === 'error' || level === 'warning') tell(`${level}: ${plain(message)}\n`);
  };
