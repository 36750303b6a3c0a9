/** What is otherwise, if the system answers with one of these codes. */
export function unless<T, U>(codes: readonly string[], action: () => T, otherwise: () => U): T | U {
  try {
    return action();
  } catch (cause) {
    if (codes.includes((cause as NodeJS.ErrnoException).code ?? '')) return otherwise();
    throw cause;
  }
}
