/** The directory that plugins are installed in. */
import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { CniError } from '../../../schemas/fault.ts';
import { makeDirectory } from '../../host/make-directory.ts';
import { unless } from '../../host/unless.ts';

const MODE = 0o755;

export function mustBeDirectory(path: string): void {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  const target = statSync(path, { throwIfNoEntry: false });
  if (seen?.isSymbolicLink() && !target)
    throw refusal(path, `it is a symbolic link to ${readlinkSync(path)}, which is not there`);
  if (target && !target.isDirectory()) throw refusal(path, 'it is no directory');
  if (!target) make(path);
}

/** What the kernel answers where nobody can make one (/proc) says no more. */
function make(path: string): void {
  const never = () => {
    throw refusal(path, 'no directory can be made there');
  };
  unless(['ENOENT'], () => makeDirectory(path, MODE), never);
}

const refusal = (path: string, reason: string) =>
  new CniError('input-output', `Cannot install into ${path}: ${reason}`);
