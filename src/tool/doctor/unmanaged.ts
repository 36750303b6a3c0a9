/** Whether NetworkManager was told to leave a link alone: NetworkManager.conf(5). */
import type { NodeFile } from '../../host/node/files.ts';
import { matches, type Section, sectionsIn } from './settings-files.ts';

export type VfLink = { readonly name: string; readonly driver: string };

/** Specifications of `[keyfile] unmanaged-devices`, where a later file replaces or adds to an earlier one, and of `[device*] managed=0`. */
export function unmanagedIn(files: readonly NodeFile[]): string[] {
  const sections = files.flatMap(({ text }) => sectionsIn(text));
  const entries = sections.flatMap(({ name, entries }) => (name === 'keyfile' ? entries : []));
  const byKey = entries.reduce<readonly string[]>((specs, { key, value }) => {
    if (key === 'unmanaged-devices') return specsOf(value);
    return key === 'unmanaged-devices+' ? specs.concat(specsOf(value)) : specs;
  }, []);
  return [...byKey, ...sections.filter(({ name }) => name.startsWith('device')).flatMap(unmanagedBy)];
}

function unmanagedBy({ entries }: Section): string[] {
  const lastOf = (key: string) => entries.findLast((entry) => entry.key === key)?.value;
  const isUnmanaged = /^(0|no|false)$/.test(lastOf('managed') ?? '');
  return isUnmanaged ? specsOf(lastOf('match-device') ?? '*') : [];
}

const specsOf = (value: string) =>
  value
    .split(/[;,]/)
    .map((spec) => spec.trim())
    .filter(Boolean);

/** One `except:` that fits outdoes the others. */
export function isUnmanaged(link: VfLink, specs: readonly string[]): boolean {
  const [excepted, meant] = [specs.filter(isException), specs.filter((spec) => !isException(spec))];
  const isExcepted = excepted.some((spec) => fits(spec.slice(EXCEPT.length), link));
  const isOnlyExceptions = meant.length === 0 && excepted.length > 0;
  return !isExcepted && (isOnlyExceptions || meant.some((spec) => fits(spec, link)));
}

const EXCEPT = 'except:';
const isException = (spec: string) => spec.startsWith(EXCEPT);

function fits(spec: string, { name, driver }: VfLink): boolean {
  const [, kind = '', value = ''] = /^(interface-name|driver|type):(.*)$/.exec(spec) ?? [];
  if (kind === 'interface-name') return matches(value.replace(/^=/, ''), name);
  if (kind === 'driver') return matches(value.replace(/\/.*$/, ''), driver);
  if (kind === 'type') return value === 'ethernet';
  return spec === '*' || matches(spec, name);
}
