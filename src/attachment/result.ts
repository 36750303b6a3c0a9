/** What ADD answers; pure. */
import type { Result } from '../../schemas/result.ts';
import type { Desired } from './desired.ts';
import type { Link } from './observed.ts';
import type { HeldAddress } from './ports.ts';
import { routesOf } from './routes.ts';

/** The result in outline, for asking whether the version can express it before anything is changed. */
export function draftResult({ attachment, sandbox, routes }: Desired, families: readonly (4 | 6)[]): Result {
  const anyAddress = { 4: '0.0.0.0/0', 6: '::/0' };
  return {
    interfaces: [{ name: attachment.ifName, sandbox }],
    ips: families.map((family) => ({ interface: 0, address: anyAddress[family] })),
    routes: routes.map(({ dst }) => ({ dst })),
  };
}

export function resultOf(
  { attachment, device, sandbox, routes }: Desired,
  { mac, mtu }: Link,
  held: readonly HeldAddress[],
): Result {
  return {
    interfaces: [{ name: attachment.ifName, mac, mtu, sandbox, pciID: device }],
    ips: held.map(({ address, gateway }) => ({ interface: 0, address, ...(gateway && { gateway }) })),
    routes: routesOf(routes, held),
  };
}
