/** The settings of an Ethernet link that nobody has changed. */
export const PLAIN_LINK = {
  mtu: 1500,
  isUp: false,
  isPromiscuous: false,
  isAllMulticast: false,
  isMulticast: true,
  hasArp: true,
  hasXdp: false,
  txQueueLength: 1000,
  alias: '',
};
