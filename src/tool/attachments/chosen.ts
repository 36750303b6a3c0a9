/** Which attachments a person means. */
import { InvalidArgumentError } from 'commander';
import { CniError } from '../../../schemas/fault.ts';
import type { AttachmentRecord } from '../../../schemas/record.ts';
import { podText } from '../holder.ts';

export type Filters = {
  readonly network?: string;
  readonly container?: string;
  readonly pod?: string;
};

/** For commander. */
export function parsePod(text: string): string {
  if (!/^[^/]+\/[^/]+$/.test(text))
    throw new InvalidArgumentError('Expected NAMESPACE/NAME, such as default/web.');
  return text;
}

/** Said where the filters leave none. */
export function noneText({ network, container, pod }: Filters): string {
  const wanted = Object.entries({ network, container, pod }).flatMap(([what, text]) =>
    text === undefined ? [] : [`${what} ${JSON.stringify(text)}`],
  );
  return wanted.length === 0 ? 'Nothing is attached.' : `No attachment of ${wanted.join(' and ')}.`;
}

/** Fewer characters than this are no container id that somebody has copied. */
const LEAST_PREFIX = 6;

const isContainer = ({ attachment: { containerId } }: AttachmentRecord, text: string) =>
  containerId === text || (text.length >= LEAST_PREFIX && containerId.startsWith(text));

const isPod = ({ pod }: AttachmentRecord, text: string) => pod !== undefined && podText(pod) === text;

export function filtered(
  records: readonly AttachmentRecord[],
  { network, container, pod }: Filters,
): AttachmentRecord[] {
  return records.filter(
    (record) =>
      (network === undefined || record.attachment.network === network) &&
      (container === undefined || isContainer(record, container)) &&
      (pod === undefined || isPod(record, pod)),
  );
}

/** By the address of the VF, the container (its id, or how it begins) or the pod. Throws CniError if there is none, or more containers than one. */
export function chosen(records: readonly AttachmentRecord[], text: string): AttachmentRecord[] {
  const named = records.filter(
    (record) => record.device === text.toLowerCase() || record.attachment.containerId === text,
  );
  const found =
    named.length > 0 ? named : records.filter((one) => isPod(one, text) || isContainer(one, text));
  const containers = new Set(found.map(({ attachment }) => attachment.containerId));
  if (containers.size === 0) {
    throw new CniError('unavailable', `There is no attachment "${text}". See: sriov attachments`);
  }
  if (containers.size > 1 && !found.every((one) => isPod(one, text))) {
    throw new CniError('unavailable', `"${text}" may be several containers: ${[...containers].join(', ')}`);
  }
  return found;
}

/** All, without words; each once. */
export function chosenOrAll(
  records: readonly AttachmentRecord[],
  texts: readonly string[],
): readonly AttachmentRecord[] {
  return texts.length === 0 ? records : [...new Set(texts.flatMap((text) => chosen(records, text)))];
}
