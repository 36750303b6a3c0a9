/** The store on disk, and for whoever is started for one command and remembers nothing of its owner. */
import type { Attachment } from '../schemas/attachment.ts';
import type { Disk, WithLock } from './disk-claim.ts';
import { directoryOf, lockOf } from './disk-layout.ts';
import { isForOwners, type OwnersOptions, ownersIn } from './disk-owners.ts';
import { diskReservations, type Warn } from './disk-reservations.ts';
import { type HostLocal, hostLocal } from './host-local.ts';

export type DiskStore = HostLocal & {
  /**
   * Runs the action with a store that finds what the owner holds without reading all reservations, where there are many. Then the
   * action is under the store's lock, and may be about this owner alone. @throws as the action, and `busy`
   */
  during<T>(owner: Attachment, dataDir: string, action: (store: HostLocal) => Promise<T>): Promise<T>;
};

export type DiskStoreOptions = Disk & OwnersOptions & { readonly warn: Warn };

export function diskStore({ withLock, makeDirectory, bootId, warn }: DiskStoreOptions): DiskStore {
  const disk = { withLock, makeDirectory };
  const store = hostLocal(diskReservations(disk, { warn }));
  return {
    ...store,
    async during(owner, dataDir, action) {
      const directory = directoryOf(owner.network, dataDir);
      if (!isForOwners(directory)) return action(store);
      return withLock(lockOf(directory), async () => {
        const owners = ownersIn(directory, owner.containerId, { bootId, makeDirectory });
        const locked = diskReservations({ ...disk, withLock: held }, { warn, owners });
        const answer = await action(hostLocal(locked));
        owners.close();
        return answer;
      });
    },
  };
}

const held: WithLock = (_, action) => action();
