/** What ADD answers; pure. */
import type { Result, ResultInterface } from '../../schemas/result.ts';
import type { Desired } from './desired.ts';
import type { Grant } from './ports.ts';
import { routesOf } from './routes.ts';

/** What there is to say of the interface: of a VF for userspace, as far as the PF shows it. */
export type Shown = { readonly mac?: string | undefined; readonly mtu?: number | undefined };

const NOTHING: Result = { interfaces: [], ips: [], routes: [] };

/** Behind what the plugins before us answered. */
function chained({ prevResult = NOTHING }: Desired, own: Result): Result {
  const dns = own.dns ?? prevResult.dns;
  const index = prevResult.interfaces.length;
  return {
    interfaces: [...prevResult.interfaces, ...own.interfaces],
    ips: [...prevResult.ips, ...own.ips.map((ip) => ({ ...ip, interface: index }))],
    routes: [...prevResult.routes, ...own.routes],
    ...(dns && { dns }),
  };
}

/** The result in outline, for asking whether the version can express it before anything is changed. */
export function draftResult(desired: Desired, families: readonly (4 | 6)[]): Result {
  const { attachment, sandbox, ipam } = desired;
  const anyAddress = { 4: '0.0.0.0/0', 6: '::/0' };
  return chained(desired, {
    interfaces: [{ name: attachment.ifName, sandbox }],
    ips: families.map((family) => ({ address: anyAddress[family] })),
    routes: (ipam?.conf.routes ?? []).map(({ dst }) => ({ dst })),
  });
}

export function resultOf(desired: Desired, { mac, mtu }: Shown, { held, routes, dns }: Grant): Result {
  const { attachment, sandbox, device } = desired;
  const entry: ResultInterface = {
    name: attachment.ifName,
    ...(mac && { mac }),
    ...(mtu && { mtu }),
    sandbox,
    pciID: device,
  };
  const resolving = desired.dns ?? dns;
  return chained(desired, {
    interfaces: [entry],
    ips: held.map(({ address, gateway }) => ({ address, ...(gateway && { gateway }) })),
    routes: routesOf(routes, held),
    ...(resolving && { dns: resolving }),
  });
}
