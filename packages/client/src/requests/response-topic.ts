/** Where a client wants its answers (§4.10.1), and what tells them apart. */
import type { ServerTerms } from '@godwit/session'
import { isTopicName } from '@godwit/topic'
import { ClientError } from '../errors.ts'
import type { LinkPort } from '../connection/link-port.ts'

/**
 * The Response Topic of a client: below what the server has set apart for it, or of our own making,
 * with the characters of the Client Identifier that mean something in topics written as `%2B`.
 */
export function responseTopic({ responseInformation, clientId }: ServerTerms): string {
  if (responseInformation !== undefined && isTopicName(responseInformation)) {
    return `${responseInformation}${responseInformation.endsWith('/') ? '' : '/'}responses`
  }
  return `godwit/responses/${clientId.replaceAll(/[%+#/]/g, encodeURIComponent)}`
}

/** Requests have properties. @throws {ClientError} `not-allowed` before MQTT 5.0 */
export function requireVersion5({ version }: LinkPort, tried: string): void {
  if (version === 5) return
  const spoken = version === 4 ? '3.1.1' : '3.1'
  const sentence =
    `${tried} is not possible: Response Topics came with MQTT 5.0, and this connection speaks ` +
    `${spoken}. Put a topic for the answer into the payload, or use a server with MQTT 5.0.`
  throw new ClientError(sentence, { code: 'not-allowed' })
}

/** Marks requests, and finds out which of them an answer is for. */
export class Correlation {
  /** An earlier life of the program may have the same topic, and late answers. */
  readonly #life = crypto.getRandomValues(new Uint8Array(LIFE_BYTES))
  #count = 0

  /** The number of another request. */
  next(): number {
    this.#count = (this.#count + 1) >>> 0
    return this.#count
  }

  /** The Correlation Data of a request. */
  dataOf(number: number): Uint8Array {
    const data = new Uint8Array(LIFE_BYTES + NUMBER_BYTES)
    data.set(this.#life)
    new DataView(data.buffer).setUint32(LIFE_BYTES, number)
    return data
  }

  /** The number in the Correlation Data of an answer; `undefined` if it is not ours. */
  numberOf(data: Uint8Array | undefined): number | undefined {
    if (data?.length !== LIFE_BYTES + NUMBER_BYTES) return undefined
    if (this.#life.some((byte, at) => byte !== data[at])) return undefined
    return new DataView(data.buffer, data.byteOffset).getUint32(LIFE_BYTES)
  }
}

const LIFE_BYTES = 8
const NUMBER_BYTES = 4
