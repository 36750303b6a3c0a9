/** Random choices, the same again from the same seed. */
export type Chance = ReturnType<typeof chanceOf>;

export function chanceOf(seed: number) {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  /** Marsaglia's xorshift of 32 bits. */
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    isOneIn: (chances: number) => below(chances) === 0,
    oneOf: <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0],
  };
}
