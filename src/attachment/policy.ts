/** What the node's policy says of what is asked. */
import { CniError } from '../../schemas/fault.ts';
import { DEFAULT_DATA_DIR } from '../../schemas/ipam-conf.ts';
import { NO_VLAN, POLICY_FILE, type Policy, parseVlanRange } from '../../schemas/policy.ts';
import type { VfSettings } from '../../schemas/record.ts';
import type { Mac } from '../../schemas/words.ts';
import type { Vf } from './observed.ts';
import type { World } from './ports.ts';

const POLICY = `the policy of this node (${POLICY_FILE})`;

export type AskedPaths = { readonly dataDir: string; readonly logFile?: string | undefined };

/** What a policy can limit. */
export type Asked = AskedPaths & { readonly settings: VfSettings; readonly mac?: Mac | undefined };

/** One sentence for each thing that is asked and not allowed. */
export function violationsOf(policy: Policy, { settings, mac, ...paths }: Asked): string[] {
  if (policy.unreadable !== undefined) return [policy.unreadable];
  const { trust, spoofchk, vlan } = settings;
  return [
    ...(policy.trust === 'off' && trust === 'on' ? ['trust: "on" is not allowed'] : []),
    ...(policy.spoofchk === 'on' && spoofchk === 'off' ? ['spoofchk: "off" is not allowed'] : []),
    ...(policy.mac === 'none' && mac ? [`mac: none may be asked for, got ${mac}`] : []),
    ...vlanViolations(policy, vlan?.id),
    ...pathViolationsOf(policy, paths),
  ];
}

/** Of an IPAM plugin. */
export function pathViolationsOf(policy: Policy, { dataDir, logFile }: AskedPaths): string[] {
  if (policy.unreadable !== undefined) return [policy.unreadable];
  const { dataDirs = [], logFiles = [] } = policy;
  return [
    ...(mayHoldAddresses(policy, dataDir)
      ? []
      : [`ipam.dataDir: expected none, or one below ${listed(dataDirs)}, got ${dataDir}`]),
    ...(logFile === undefined || mayBeLogged(policy, logFile)
      ? []
      : [`logFile: expected one below ${listed(logFiles)}, got ${logFile}`]),
  ];
}

export function pfViolationsOf({ pfs, unreadable }: Policy, { address, pf }: Vf): string[] {
  if (
    unreadable !== undefined ||
    !pfs ||
    pfs.some((one) => one === pf?.name || one.toLowerCase() === pf?.address)
  )
    return [];
  const got = pf ? `one of ${[pf.name, pf.address].filter(Boolean).join(', ')}` : 'one without a PF';
  return [`deviceID: expected a VF of ${listed(pfs)}, got ${got} (${address})`];
}

/**
 * Whether DEL and GC may release what a configuration says to be there. They do not fail for it: what a record says is always
 * released.
 */
export function mayReleaseIn(dataDir: string, { policy, log }: Pick<World, 'policy' | 'log'>): boolean {
  if (mayHoldAddresses(policy, dataDir)) return true;
  log('warning', `No address is released in ${dataDir}: ${POLICY} does not allow it`);
  return false;
}

function mayHoldAddresses({ dataDirs }: Policy, dataDir: string): boolean {
  return !dataDirs || normal(dataDir) === DEFAULT_DATA_DIR || isBelow(dataDir, dataDirs);
}

function mayBeLogged({ logFiles }: Policy, logFile: string): boolean {
  return !logFiles || isBelow(logFile, logFiles);
}

/** Why no command may open the file; undefined if it may. */
export function logFileViolation(policy: Policy, logFile: string | undefined): string | undefined {
  if (logFile === undefined || mayBeLogged(policy, logFile)) return undefined;
  return `logFile ${logFile} is left alone: ${POLICY} does not allow it`;
}

/** Throws CniError `policy` with all violations. */
export function mustBeAllowed(violations: readonly string[]): void {
  if (violations.length === 0) return;
  throw new CniError('policy', `Refused by ${POLICY}: ${violations.join('; ')}`);
}

function vlanViolations({ vlans }: Policy, id: number | undefined): string[] {
  if (!vlans || vlans.some((allowed) => isVlanOf(allowed, id))) return [];
  return [`vlan: expected one of ${listed(vlans)}, got ${id ?? 'none'}`];
}

function isVlanOf(allowed: string | number, id: number | undefined): boolean {
  if (id === undefined) return allowed === NO_VLAN;
  const range = parseVlanRange(String(allowed));
  return range !== undefined && range.first <= id && id <= range.last;
}

const listed = (allowed: readonly (string | number)[]) => allowed.join(', ') || '(nothing is listed)';

/** By whole components: /var/logs is not below /var/log. Schemas take no "..". */
function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => `${normal(path)}/`.startsWith(`${normal(root)}/`.replace('//', '/')));
}

function normal(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}
