/** Which file of systemd-networkd, or of udev, a link gets: systemd.network(5), systemd.link(5). */
import type { NodeFile } from '../../host/node/files.ts';
import { matches, type Section, sectionsIn } from './settings-files.ts';
import type { VfLink } from './unmanaged.ts';

type Entry = Section['entries'][number];

/** The first that matches counts. */
export function fileFor(link: VfLink, files: readonly NodeFile[]): NodeFile | undefined {
  return files.find(({ text }) => isMatch(link, sectionsIn(text)));
}

export function isLeftAlone({ text }: NodeFile): boolean {
  const entries = sectionsIn(text).flatMap((section) => (section.name === 'Link' ? section.entries : []));
  return entries.some(({ key, value }) => key === 'Unmanaged' && /^(yes|true|1|on)$/i.test(value));
}

/** Of a key that we cannot judge we believe that it keeps VFs out. */
function isMatch(link: VfLink, sections: readonly Section[]): boolean {
  const entries = sections.flatMap(({ name, entries }) => (name === 'Match' ? entries : []));
  return entries.length > 0 && entries.every((entry) => isMet(entry, link));
}

function isMet({ key, value }: Entry, { name, driver }: VfLink): boolean {
  if (key === 'Name' || key === 'OriginalName') return isAmong(value, name);
  if (key === 'Driver') return isAmong(value, driver);
  if (key === 'Type') return isAmong(value, 'ether');
  // A link of a device has no kind.
  return key === 'Kind' && value === '!*';
}

/** Patterns with blanks between them; the first may turn all of them round. */
function isAmong(value: string, text: string): boolean {
  const isTurned = value.startsWith('!');
  const patterns = value.replace(/^!/, '').split(/\s+/).filter(Boolean);
  return patterns.some((pattern) => matches(pattern, text)) !== isTurned;
}
