/** What the broker keeps beyond its own end, and where: the flags `--durability` and `--data`. */

/** What a message that was acknowledged survives. */
export const DURABILITIES = ['fsync', 'os', 'memory'] as const

/** One of them: the end of the machine, the end of the process, nothing. */
export type Durability = (typeof DURABILITIES)[number]

/** What is kept, and where. */
export type Keeping =
  | { readonly durability: 'fsync' | 'os'; readonly directory: string }
  | { readonly durability: 'memory' }
