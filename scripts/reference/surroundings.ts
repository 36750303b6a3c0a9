/** What the tool has to do with besides its command line. */

type Row = readonly [name: string, meaning: string];

export const VARIABLES: readonly Row[] = [
  ['NO_COLOR', 'If it is set and not empty, nothing is coloured. Into a pipe or file nothing ever is.'],
  ['TERM', 'The same, if it is dumb.'],
];

export const FILES: readonly Row[] = [
  ['/var/lib/cni/sriov-attachments', 'Records: who has which VF, and what was before.'],
  ['/var/lib/cni/networks', 'Addresses that are held, in the layout of host-local.'],
  ['/var/lib/cni/sriov', 'What sriov-cni left. It is read, too.'],
  ['/etc/cni/sriov-policy.json', 'What networks may ask for on this node.'],
];
