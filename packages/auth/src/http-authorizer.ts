/**
 * Asks a program of the operator what a client may do. It is sent
 *
 *     { "question": "authorize", "clientId", "username", "remoteAddress", "listener",
 *       "action": "publish" | "will" | "deliver", "topic", "qos", "retain" }
 *     { ..., "action": "subscribe", "filter", "qos" }
 *
 * and says `{ "allow": true }`, `{ "allow": false, "reason"? }`, `{ "ignore": true }` for what the
 * next authorizer is to decide, or, of a subscription, `{ "allow": "partly" }`: then it is asked
 * about each message. Answers are remembered for a while. Where it fails, everything is denied.
 */
import type { Action, ClientInfo } from '@godwit/broker'
import type { Authorizer, Ruling } from './authorizer.ts'
import { HookError, HttpHook } from './http-hook.ts'
import type { HttpHookOptions } from './http-hook.ts'
import { quoted } from './operator-file.ts'

/** Which program says what clients may do. */
export interface HttpAuthorizerOptions extends HttpHookOptions {
  /** For logs and explanations; `http` if left out. */
  readonly name?: string
  /** How long an answer holds; 10 if left out, 0 for never. */
  readonly cacheSeconds?: number
  /** How many are remembered; 50,000 if left out. When there are more, all are forgotten. */
  readonly cacheEntriesMax?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
  /** Hears why nobody could be asked. */
  readonly failed?: (sentence: string) => void
}

/** Lets clients do what a program says. */
export class HttpAuthorizer implements Authorizer {
  readonly name: string
  readonly #hook: HttpHook
  readonly #options: HttpAuthorizerOptions
  readonly #cacheMs: number
  readonly #now: () => number
  /** By client, then by kind of question, then by topic or filter. */
  #answers = new WeakMap<ClientInfo, Map<string, Answer>[]>()
  #count = 0

  /** @throws {Error} for a URL by which the question would be sent in the open. */
  constructor(options: HttpAuthorizerOptions) {
    this.name = options.name ?? 'http'
    this.#hook = new HttpHook(options)
    this.#options = options
    this.#cacheMs = (options.cacheSeconds ?? 10) * 1000
    this.#now = options.now ?? (() => performance.now())
  }

  /** See {@link Authorizer}. Allocates nothing where the answer is known. */
  authorize(action: Action, client: ClientInfo): Ruling | undefined | Promise<Ruling | undefined> {
    const answers = this.#answersTo(action, client)
    const topic = action.type === 'subscribe' ? action.filter : action.topic
    const known = answers.get(topic)
    if (known?.asking !== undefined) return known.asking
    if (known !== undefined && this.#now() < known.until) return known.ruling
    const { cacheEntriesMax = 50_000 } = this.#options
    if (known === undefined && ++this.#count > cacheEntriesMax) this.forget()
    const answer = new Answer()
    answer.asking = this.#ask(action, client, answer).finally(() => (answer.asking = undefined))
    this.#answersTo(action, client).set(topic, answer)
    return answer.asking
  }

  /** Asks anew about everything from here on. */
  forget(): void {
    this.#answers = new WeakMap()
    this.#count = 0
  }

  #answersTo(action: Action, client: ClientInfo): Map<string, Answer> {
    let kinds = this.#answers.get(client)
    if (kinds === undefined) this.#answers.set(client, (kinds = []))
    return (kinds[kindOf(action)] ??= new Map())
  }

  /** A failure is not remembered: the next question is a new one. */
  async #ask(action: Action, client: ClientInfo, answer: Answer): Promise<Ruling | undefined> {
    try {
      answer.ruling = this.#rulingOf(await this.#hook.ask(questionOf(action, client)), action)
      answer.until = this.#now() + this.#cacheMs
      return answer.ruling
    } catch (error) {
      if (!(error instanceof HookError)) throw error
      this.#options.failed?.(`${this.name}: the hook failed: ${error.message}`)
      return { decision: 'deny', because: `${this.name}: the hook failed: ${error.message}` }
    }
  }

  /** @throws {HookError} for an answer that is none. */
  #rulingOf(answer: ReadonlyMap<string, unknown>, action: Action): Ruling | undefined {
    if (answer.get('ignore') === true && !answer.has('allow')) return undefined
    const allow = answer.get('allow')
    const reason = answer.get('reason')
    const words = typeof reason === 'string' ? quoted(reason) : 'no reason given'
    const because = `${this.name}: ${words}`
    if (allow === true) return { decision: 'allow', because }
    if (allow === false) return { decision: 'deny', because }
    if (allow === 'partly' && action.type === 'subscribe') return { decision: 'partly', because }
    throw new HookError('its answer says neither "allow" nor "ignore"')
  }
}

/** What was said, or is being asked. */
class Answer {
  asking: Promise<Ruling | undefined> | undefined
  ruling: Ruling | undefined
  until = -Infinity
}

/** A small number for what makes a difference beside the topic. */
function kindOf(action: Action): number {
  const type = TYPES.indexOf(action.type)
  const retain = action.type !== 'subscribe' && action.retain ? 1 : 0
  return (type * 3 + action.qos) * 2 + retain
}

const TYPES: readonly Action['type'][] = ['subscribe', 'publish', 'will', 'deliver']

function questionOf(action: Action, client: ClientInfo): object {
  const { type, ...asked } = action
  const { clientId, username, remoteAddress, listener } = client
  return {
    question: 'authorize',
    clientId,
    username,
    remoteAddress,
    listener,
    action: type,
    ...asked,
  }
}
