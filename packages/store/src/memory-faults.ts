/**
 * What a test may do to the engines on a storage in memory: make them slow, and make their commits
 * fail. What happens to the disk itself, as crashes do, is a matter of the storage.
 */
import { Gate } from './memory-gate.ts'

/**
 * - `full`: the commit fails with `full`, and nothing of it was done
 * - `failed`: it fails with `failed`, nothing of it was done, and the engine is at its end
 * - `unanswered`: the same, but all of it was done
 */
export type MemoryFailure = 'full' | 'failed' | 'unanswered'

/** Which commits are to fail. */
export interface FailingCommits {
  /** How many go well first; 0 if absent. */
  readonly after?: number
  /** How many fail then; 1 if absent, Infinity for all of them until `mend`. */
  readonly times?: number
}

/** The faults of a storage. There are none at first. */
export class MemoryFaults {
  /** What `usage` says is left; `undefined` at first: nobody can tell. */
  bytesFree: number | undefined
  readonly #groups = new Gate()
  readonly #reads = new Gate()
  #failures: Failure[] = []

  /** From here on, groups of commits wait before anything of them is done. */
  hold(): void {
    this.#groups.shut()
  }

  /** Lets so many groups go on, all of them if absent, oldest first; more wait behind them. */
  release(groups: number = Infinity): void {
    this.#groups.open(groups)
  }

  /** From here on, reads wait: `get`, `read`, `bounds`, `usage`, and each step of a scan. */
  holdReads(): void {
    this.#reads.shut()
  }

  /** Lets so many reads go on, all of them if absent. */
  releaseReads(reads: number = Infinity): void {
    this.#reads.open(reads)
  }

  /** Makes commits fail, counted from here on. Several of these are followed side by side. */
  fail(failure: MemoryFailure, { after = 0, times = 1 }: FailingCommits = {}): void {
    this.#failures.push({ failure, after, times })
  }

  /** Makes no commit fail any more. */
  mend(): void {
    this.#failures = []
  }

  /** For an engine: a group is about to be done. Waits if `undefined` is not returned. */
  beforeGroup(): Promise<void> | undefined {
    return this.#groups.pass()
  }

  /** For an engine: a read is about to be done. */
  beforeRead(): Promise<void> | undefined {
    return this.#reads.pass()
  }

  /** For an engine: a commit is about to be done. Says how it is to fail, if it is. */
  beforeCommit(): MemoryFailure | undefined {
    let chosen: MemoryFailure | undefined
    for (const plan of this.#failures) {
      if (plan.after > 0) plan.after--
      else if (plan.times > 0) {
        plan.times--
        chosen ??= plan.failure
      }
    }
    return chosen
  }
}

interface Failure {
  readonly failure: MemoryFailure
  after: number
  times: number
}
