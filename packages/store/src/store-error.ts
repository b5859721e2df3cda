/** What can go wrong where things are kept. */

/**
 * - `full`: there is no room now; nothing was changed
 * - `failed`: a write or a sync failed, so that nobody knows what is on disk: the end
 * - `corrupt`: what is read is not what was written
 * - `locked`: another process has it open
 * - `version`: it was written by a program that this one does not understand
 * - `closed`: it was closed before
 */
export type StoreErrorKind = 'full' | 'failed' | 'corrupt' | 'locked' | 'version' | 'closed'

/** An error of an engine. Its message is a sentence for an operator: what, where, what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly kind: StoreErrorKind

  constructor(kind: StoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
