import { expect, test } from 'vitest';
import { stay } from '../../../../src/tool/install/stay.ts';

/** What is found at each look; then it is time to go. Returns how long it waited before each, and after how many looks it repaired. */
async function stayed(looks: readonly ('sound' | 'damaged')[]) {
  const waits: number[] = [];
  const repairs: number[] = [];
  const post = {
    wait: async (ms: number) => {
      waits.push(ms);
      if (waits.length > looks.length) throw new Error('time to go');
    },
    isSound: () => looks[waits.length - 1] === 'sound',
    repair: async () => {
      repairs.push(waits.length);
    },
  };
  await expect(stay(post)).rejects.toThrow('time to go');
  return { waits, repairs };
}

test('what is sound is looked at every two seconds, and never repaired', async () => {
  expect(await stayed(['sound', 'sound'])).toEqual({ waits: [2000, 2000, 2000], repairs: [] });
});

test('whom somebody works against repairs ever more seldom, until all is sound again', async () => {
  expect(await stayed(['damaged', 'damaged', 'sound', 'damaged'])).toEqual({
    waits: [2000, 4000, 8000, 2000, 4000],
    repairs: [1, 2, 4],
  });
});

test('it never waits longer than five minutes', async () => {
  const { waits, repairs } = await stayed(Array.from({ length: 12 }, () => 'damaged' as const));
  expect(Math.max(...waits)).toBe(300_000);
  expect(repairs).toHaveLength(12);
});
