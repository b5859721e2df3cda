/**
 * Where benchmarks put what they read, so that no compiler finds the work to be in vain. A number:
 * keeping objects costs a write barrier each, which weighs most on whoever is fast.
 */
export const sink = { sum: 0 }
