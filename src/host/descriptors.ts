/** Where every child that changes anything finds what it inherits. */
export const DESCRIPTORS = {
  /**
   * The lock of the device: runtimes kill only our process, and the lock must outlive us while a child still acts. That of
   * sriov-cni for the same device, where it is held, too, comes behind all others.
   */
  lock: 3,
  /** The sandbox, open: its path may come to mean another namespace. */
  sandbox: 4,
  /** Our own network namespace, for the way back. */
  home: 5,
} as const;
