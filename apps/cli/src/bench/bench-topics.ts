/**
 * The topics of a benchmark, from a pattern: `%c` is the number of the client, from 1, `%n` that of
 * the message, from 0, `%i` the Client Identifier, `%r` a random word of the run, `%%` a `%`.
 */
import { topicFilterFault, topicNameFault } from '@godwit/topic'
import { InvalidArgumentError } from 'commander'

/** Who publishes or subscribes. */
export interface Participant {
  /** From 1. */
  readonly number: number
  readonly clientId: string
}

/** A pattern that has been read. */
export class TopicPattern {
  readonly #text: string
  readonly #run: string
  /** Whether every message of a client has a topic of its own. */
  readonly isNumbered: boolean

  /** `run` is the word of the run. @throws {InvalidArgumentError} for what makes no topics */
  constructor(text: string, run: string) {
    this.#text = text
    this.#run = run
    this.isNumbered = /%n/.test(text.replaceAll('%%', ''))
    const unknown = /%(?![cnir%])(.?)/.exec(text.replaceAll('%%', ''))
    if (unknown !== null) {
      throw new InvalidArgumentError(`There is no %${unknown[1] ?? ''}: there are %c %n %i %r %%.`)
    }
  }

  /** The topic of a message, by its number. */
  name(participant: Participant, message: number): string {
    return this.#filled(participant, String(message))
  }

  /** The filter that brings all messages of a client. */
  filter(participant: Participant): string {
    return this.#filled(participant, '+')
  }

  #filled({ number, clientId }: Participant, message: string): string {
    return this.#text.replaceAll(/%[cnir%]/g, (placeholder) => {
      switch (placeholder) {
        case '%c':
          return String(number)
        case '%n':
          return message
        case '%i':
          return clientId
        case '%r':
          return this.#run
        default:
          return '%'
      }
    })
  }
}

const SOMEBODY: Participant = { number: 1, clientId: 'c' }

/** Checks that a pattern makes Topic Names; gives it back. @throws {InvalidArgumentError} */
export function topicNamePattern(text: string): string {
  const fault = topicNameFault(new TopicPattern(text, 'r').name(SOMEBODY, 0))
  if (fault !== undefined) throw new InvalidArgumentError(`${fault.reason}.`)
  return text
}

/** Checks that a pattern makes Topic Filters; gives it back. @throws {InvalidArgumentError} */
export function topicFilterPattern(text: string): string {
  const fault = topicFilterFault(new TopicPattern(text, 'r').filter(SOMEBODY))
  if (fault !== undefined) throw new InvalidArgumentError(`${fault.reason}.`)
  return text
}
