/**
 * A flood, made readable: of live traffic so many packets are shown in a second, and of the others
 * there is a count. What is malformed is always shown.
 */
import type { Sighting } from './conversation.ts'

/** Decides which packets are shown. */
export class Flood {
  readonly #shownMax: number
  readonly #now: () => number
  #secondBegan = -Infinity
  #shown = 0
  readonly #hidden = new Map<string, number>()

  /** `shownMax` packets a second; `now` is in milliseconds. */
  constructor(shownMax: number, now: () => number) {
    this.#shownMax = shownMax
    this.#now = now
  }

  /** Whether to show this one; else it is counted. `isFull` says that nothing more can be shown. */
  admits({ type, error }: Sighting, isFull: boolean): boolean {
    const now = this.#now()
    if (now - this.#secondBegan >= 1000) {
      this.#secondBegan = now
      this.#shown = 0
    }
    const isShown = error === undefined ? this.#shown < this.#shownMax && !isFull : !isFull
    if (isShown) {
      this.#shown++
      return true
    }
    const name = type?.toUpperCase() ?? 'RESERVED'
    this.#hidden.set(name, (this.#hidden.get(name) ?? 0) + 1)
    return false
  }

  /** What was not shown since this was asked before: `12,000 PUBLISH and 3 PUBACK`. */
  takeHidden(): { readonly count: number; readonly text: string } | undefined {
    if (this.#hidden.size === 0) return undefined
    const parts = [...this.#hidden].map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    const count = [...this.#hidden.values()].reduce((sum, each) => sum + each, 0)
    this.#hidden.clear()
    const last = parts.pop() ?? ''
    return { count, text: parts.length === 0 ? last : `${parts.join(', ')} and ${last}` }
  }
}
