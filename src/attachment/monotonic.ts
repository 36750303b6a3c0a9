/** Milliseconds by a clock that never goes back. Not `performance.now()`: that has Node load, and compile, eleven modules. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;
