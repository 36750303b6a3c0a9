import type { Vf } from './observed.ts';

/** The content of the file that CNIDeviceInfoFile names: device information specification 1.1.0, type "pci". */
export function deviceInfoOf({ address, pf }: Vf): object {
  return {
    type: 'pci',
    version: '1.1.0',
    pci: { 'pci-address': address, ...(pf && { 'pf-pci-address': pf.address }) },
  };
}
