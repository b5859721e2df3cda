/**
 * One message on its way into the log, or in it: what all sessions that are to get it share. It
 * counts them, so that its page can be released when nobody is left.
 */
import type { Position } from '@godwit/store'
import type { Message } from './message.ts'
import type { Audience, ChosenMember } from './stored/index.ts'

/**
 * gathered: it goes with the next commit. committing: with the one under way. durable: it has its
 * position. lost: there was no room for it, and its publisher was told so.
 */
export type EntryStage = 'gathered' | 'committing' | 'durable' | 'lost'

/** A message in the log. */
export class JournalEntry {
  stage: EntryStage
  /** 0 until it is durable. */
  position: Position
  /** How many sessions need it. */
  holders = 0
  /** Whom it is for, if it is not for whoever subscribed. */
  readonly addressee: Extract<Audience, { type: 'session' }> | undefined
  #chosen: ChosenMember[] | undefined
  #isClosed = false
  /** Until it is durable. */
  #message: Message | undefined

  /** One that is to be written. */
  constructor(message: Message | undefined, addressee?: Extract<Audience, { type: 'session' }>) {
    this.#message = message
    this.addressee = addressee
    this.stage = message === undefined ? 'durable' : 'gathered'
    this.position = 0
  }

  /** One that is in the log. */
  static at(position: Position): JournalEntry {
    const entry = new JournalEntry(undefined)
    entry.position = position
    return entry
  }

  /** What is to be written; `undefined` once it is. */
  get message(): Message | undefined {
    return this.#message
  }

  /** Who it is for, as it is written. */
  get audience(): Audience {
    return this.addressee ?? { type: 'subscribers', chosen: this.#chosen ?? NOBODY }
  }

  /** Whether it can be for whoever the router finds now. */
  get isOpen(): boolean {
    return this.stage === 'gathered' && this.addressee === undefined && !this.#isClosed
  }

  /** Whoever gets its message from here on gets an entry of its own. */
  close(): void {
    this.#isClosed = true
  }

  /** The router chose this member of a share. Only while it is gathered. */
  choose(member: ChosenMember): void {
    this.#chosen ??= []
    this.#chosen.push(member)
  }

  /** A member gave its copy to another one: if it is not written yet, it never had it. */
  passOn(number: number): void {
    this.#chosen = this.#chosen?.map((one) =>
      one.number === number ? { filter: '', number } : one,
    )
  }

  /** It is written, at this position, or there was no room. */
  settle(stage: 'durable' | 'lost', position: Position): void {
    this.stage = stage
    this.position = position
    this.#message = undefined
  }
}

const NOBODY: readonly ChosenMember[] = []
