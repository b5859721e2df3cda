/** How much of everything there is in a run. The targets are for the whole scale. */

/** How much of everything. */
export interface Scale {
  /** The part of a run under steady load that is measured, and the one before it, in seconds. */
  readonly durationS: number
  readonly warmUpS: number
  /** The sessions that one message is kept for. */
  readonly fanout: number
  /** The messages that one session finds when it comes back. */
  readonly drained: number
  /** What is there when a broker starts. */
  readonly stored: { readonly sessions: number; readonly messages: number }
  /** Whether it is less than the targets are for. */
  readonly isReduced: boolean
}

/** What the targets speak of. */
export const WHOLE: Scale = {
  durationS: 2,
  warmUpS: 1,
  fanout: 10_000,
  drained: 100_000,
  stored: { sessions: 100_000, messages: 1_000_000 },
  isReduced: false,
}

/** A tenth, to see that everything runs. */
export const REDUCED: Scale = {
  durationS: 0.5,
  warmUpS: 0.3,
  fanout: 1_000,
  drained: 10_000,
  stored: { sessions: 10_000, messages: 100_000 },
  isReduced: true,
}
