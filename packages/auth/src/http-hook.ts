/**
 * Questions to a program of the operator: POST with JSON, answered with JSON. Whatever goes wrong
 * is a `HookError`, and whoever asks refuses then. Nothing of a question, which may have a password
 * in it, is in an error.
 */
import { boundedBody, checkedUrl } from './bounded-fetch.ts'
import { HashingQueue } from './hashing-queue.ts'

/** Where the program is, and how long it is waited for. */
export interface HttpHookOptions {
  /** `https:`, or `http:` on this machine. */
  readonly url: string
  /** Headers for each question, such as Authorization. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long an answer may take, once it was asked; 3,000 if left out. */
  readonly timeoutMs?: number
  /** How many questions are asked at a time; 16 if left out. */
  readonly concurrency?: number
  /** How many more may wait; 1,000 if left out. */
  readonly waitingMax?: number
  /** How long an answer may be; 16,384 if left out. */
  readonly answerBytesMax?: number
  /** Whether passwords may be sent in the open, to `http:` on other machines. */
  readonly insecure?: boolean
}

/** The program did not answer, or not in a way that can be understood. */
export class HookError extends Error {
  override readonly name = 'HookError'
}

/** A program that is asked. */
export class HttpHook {
  readonly #url: URL
  readonly #options: HttpHookOptions
  readonly #queue: HashingQueue

  /** @throws {Error} for a URL by which passwords would be sent in the open. */
  constructor(options: HttpHookOptions) {
    const { url, insecure = false, concurrency = 16, waitingMax = 1000 } = options
    this.#url = checkedUrl(url, 'The HTTP hook', insecure)
    this.#options = options
    this.#queue = new HashingQueue({ concurrency, waitingMax })
  }

  /** The answer to a question, a JSON object. @throws {HookError} */
  async ask(question: object): Promise<ReadonlyMap<string, unknown>> {
    const answer = await this.#queue.run(() => this.#post(JSON.stringify(question)))
    if (answer === undefined) throw new HookError('too many questions wait for it')
    return answer
  }

  async #post(body: string): Promise<ReadonlyMap<string, unknown>> {
    const { timeoutMs = 3000, answerBytesMax = 16_384, headers = {} } = this.#options
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { accept: 'application/json', ...headers, 'content-type': 'application/json' },
        body,
        // Whoever can send us elsewhere is sent the passwords.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (response.status !== 200) {
        await response.body?.cancel()
        throw new HookError(`it answered with the status ${response.status}; 200 is wanted`)
      }
      return membersOf(await boundedBody(response, answerBytesMax))
    } catch (error) {
      if (error instanceof HookError) throw error
      throw new HookError(sentenceOf(error), { cause: error })
    }
  }
}

function membersOf(text: string): ReadonlyMap<string, unknown> {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw new HookError('its answer is no JSON')
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new HookError('its answer is no JSON object')
  }
  return new Map(Object.entries(answer))
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it did not answer in time'
  // What `fetch` says itself is "fetch failed".
  return error.cause instanceof Error ? error.cause.message : error.message
}
