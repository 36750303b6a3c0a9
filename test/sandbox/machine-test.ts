/** `test` with a machine of its own: it is set up when a test asks for it, and ends with the test. */
import { test as base } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from './machine.ts';

export function machineTest(options?: MachineOptions) {
  return base.extend<{ machine: Machine }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
    machine: async ({}, use) => {
      const machine = await createMachine(options);
      await use(machine);
      await machine.stop();
    },
  });
}

export const test = machineTest();
