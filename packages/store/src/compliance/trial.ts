/**
 * A case of the suite and the world it runs in: a new empty place, one engine open on it, and what
 * may happen to both. Nothing here knows a test runner: what fails, throws.
 */
import type { Engine } from '../engine.ts'

/** Where an engine keeps things: a folder, a bucket, a memory. Disposing of it removes it. */
export interface Place extends AsyncDisposable {
  /** Opens it. The suite does so again after closing or a crash, and once while it is open. */
  open(): Promise<Engine>
}

/** What the suite has to know of an engine. */
export interface ComplianceOptions<P extends Place = Place> {
  /** Makes a new place with nothing in it. Each case has its own. */
  place(): Promise<P>
  /**
   * Ends the engine that is open there as the death of its process would, perhaps in the middle of
   * commits, and resolves when the place may be opened again. Commits that were under way may fail,
   * or never settle. Without it, the cases on crashes are left out.
   */
  crash?(place: P): Promise<void>
}

/** A case: a sentence, and what throws an Error with a sentence if that is not true. */
export interface ComplianceCase {
  readonly title: string
  readonly run: () => Promise<void>
}

/** The world of a case. */
export interface Trial {
  /** The engine that is open. */
  readonly engine: Engine
  /** Whether there are crashes. */
  readonly crashes: boolean
  /** Opens the place, without closing what is open. */
  open(): Promise<Engine>
  /** Closes the engine and opens the next one, which it returns. */
  reopen(): Promise<Engine>
  /** Ends the engine without closing it and opens the next one, which it returns. */
  crash(): Promise<Engine>
}

/** A title and what is to be tried. */
export type Check = readonly [title: string, run: (trial: Trial) => Promise<void>]

/** A check as a case. */
export function caseOf<P extends Place>(
  [title, run]: Check,
  options: ComplianceOptions<P>,
): ComplianceCase {
  return {
    title,
    run: async () => {
      const place = await options.place()
      try {
        const trial = new RealTrial(place, options, await place.open())
        await run(trial)
        await trial.engine.close()
      } finally {
        await place[Symbol.asyncDispose]()
      }
    },
  }
}

class RealTrial<P extends Place> implements Trial {
  readonly #place: P
  readonly #options: ComplianceOptions<P>
  #engine: Engine

  constructor(place: P, options: ComplianceOptions<P>, engine: Engine) {
    this.#place = place
    this.#options = options
    this.#engine = engine
  }

  get engine(): Engine {
    return this.#engine
  }

  get crashes(): boolean {
    return this.#options.crash !== undefined
  }

  open(): Promise<Engine> {
    return this.#place.open()
  }

  async reopen(): Promise<Engine> {
    await this.#engine.close()
    this.#engine = await this.#place.open()
    return this.#engine
  }

  async crash(): Promise<Engine> {
    await this.#options.crash?.(this.#place)
    this.#engine = await this.#place.open()
    return this.#engine
  }
}
