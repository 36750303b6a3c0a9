/** Reads a store, and keeps in memory what is reserved and removed: for whoever wants to know what would happen. */
import { type Ip, ipText } from '../schemas/ip.ts';
import {
  type Claim,
  type Holder,
  type IsToGo,
  isOwner,
  type NetworkReservations,
  type Reservations,
} from './reservations.ts';

export function rehearsedReservations(real: Reservations): Reservations {
  const rehearsed = new Map<string, NetworkReservations>();
  return (network, dataDir) => {
    const key = `${dataDir}/${network}`;
    const known = rehearsed.get(key) ?? rehearsedIn(real(network, dataDir));
    rehearsed.set(key, known);
    return known;
  };
}

/** What differs from the store: whoever holds it now, or nobody. */
type Changes = Map<string, { readonly address: Ip; readonly holder: Holder | undefined }>;

function rehearsedIn(store: NetworkReservations): NetworkReservations {
  const changes: Changes = new Map();
  const holderOf = async (address: Ip) => {
    const change = changes.get(ipText(address));
    return change ? change.holder : store.holderOf(address);
  };
  const remove = async (addresses: readonly Ip[], isToGo: IsToGo) => {
    const gone: Ip[] = [];
    for (const address of addresses) {
      const holder = await holderOf(address);
      if (!holder || !isToGo(holder, address)) continue;
      changes.set(ipText(address), { address, holder: undefined });
      gone.push(address);
    }
    return gone;
  };
  return {
    ...store,
    holderOf,
    firstFree: (candidates) => firstFree(candidates, { store, changes }),
    claim: async (owner) => claimIn(changes, holderOf, owner),
    remove: (addresses, isToGo) => remove(addresses === 'all' ? takenIn(changes) : addresses, isToGo),
    async removeAllOf(owner) {
      const held = (await store.heldBy(owner)).map(({ address }) => address);
      return remove([...held, ...takenIn(changes)], (holder) => isOwner(owner, holder));
    },
  };
}

const takenIn = (changes: Changes) =>
  [...changes.values()].flatMap(({ address, holder }) => (holder ? [address] : []));

/** The store looks at candidates in their order, and at none behind the one that was freed here. */
async function firstFree(
  candidates: Iterable<Ip>,
  { store, changes }: { readonly store: NetworkReservations; readonly changes: Changes },
): Promise<Ip | undefined> {
  let freed: Ip | undefined;
  function* unchanged(): Generator<Ip, void> {
    for (const address of candidates) {
      const change = changes.get(ipText(address));
      if (!change) yield address;
      else if (!change.holder) {
        freed = address;
        return;
      }
    }
  }
  return (await store.firstFree(unchanged())) ?? freed;
}

function claimIn(changes: Changes, holderOf: NetworkReservations['holderOf'], owner: Holder): Claim {
  const taken: Ip[] = [];
  return {
    async take(address) {
      if (await holderOf(address)) return false;
      const { containerId, ifName } = owner;
      changes.set(ipText(address), { address, holder: { containerId, ifName } });
      taken.push(address);
      return true;
    },
    keep: async () => {},
    async giveBack() {
      for (const address of taken) changes.delete(ipText(address));
    },
  };
}
