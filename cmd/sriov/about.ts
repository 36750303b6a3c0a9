import { SUPPORTED_VERSIONS } from '../../src/cni/versions.ts';

declare const PRODUCT_VERSION: string;

/** What the reference plugins say when a person starts them. */
export const about = () =>
  `SR-IOV CNI plugin ${PRODUCT_VERSION}, on Node ${process.version}: moves a virtual function into a pod. Started by container runtimes.
CNI protocol versions supported: ${SUPPORTED_VERSIONS.join(', ')}`;
