/** Whose an attachment is, as the tool shows it. */
import type { PodName } from '../../schemas/environment.ts';
import type { AttachmentRecord } from '../../schemas/record.ts';

export type Holder = {
  readonly container: string;
  readonly interface: string;
  readonly network: string;
  readonly netns: string;
  /** `namespace/name`, where CNI_ARGS named it. */
  readonly pod?: string;
};

export function holderOf({ attachment, sandbox, pod }: AttachmentRecord): Holder {
  return {
    container: attachment.containerId,
    interface: attachment.ifName,
    network: attachment.network,
    netns: sandbox,
    ...(pod && { pod: podText(pod) }),
  };
}

export const podText = ({ namespace, name }: PodName) => `${namespace}/${name}`;

/** As much of a container id as runtimes show. */
const SHOWN = 13;

export const shortId = (container: string) => container.slice(0, SHOWN);

export const holderText = ({ pod, container }: Holder) => pod ?? shortId(container);
