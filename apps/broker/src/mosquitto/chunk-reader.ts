/** One chunk of a persistence file: its fields, read one after another and never beyond its end. */
import { Decoder, isQoS, PublishFrame } from '@godwit/codec'
import type { PropertiesOf, QoS } from '@godwit/codec'
import { damaged, MosquittoDbError } from './mosquitto-db-error.ts'

/** Where a chunk is in the file. */
export interface ChunkBounds {
  /** The first byte of its body. */
  readonly from: number
  /** The byte behind its body. */
  readonly to: number
}

/** Reads the body of a chunk. Every method but `name` throws {@link MosquittoDbError}. */
export class ChunkReader {
  /** The type of the chunk, for errors. */
  readonly name: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #to: number
  #at: number

  constructor(name: string, bytes: Uint8Array, { from, to }: ChunkBounds) {
    this.name = name
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#to = to
    this.#at = from
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  /** In network order. */
  uint16(): number {
    return this.#view.getUint16(this.#advance(2))
  }

  /** In network order. */
  uint32(): number {
    return this.#view.getUint32(this.#advance(4))
  }

  /** The number of a message: in the order of the machine that wrote it, so a name and no more. */
  messageId(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true)
  }

  /** A time in seconds, in the order of the machine, to milliseconds; undefined for 0. */
  time(): number | undefined {
    const at = this.#advance(8)
    const seconds = this.#view.getBigInt64(at, true)
    if (seconds < 0n || seconds > SECONDS_MAX) {
      throw new MosquittoDbError(
        `A time in a ${this.name} chunk is ${seconds} seconds, which is nowhere near: the file ` +
          'is damaged, or is of a machine with another byte order, of which none can be imported',
        at,
      )
    }
    return seconds === 0n ? undefined : Number(seconds) * 1000
  }

  qos(): QoS {
    const qos = this.uint8()
    if (!isQoS(qos)) throw this.fault(`says QoS ${qos}`)
    return qos
  }

  skip(count: number): void {
    this.#advance(count)
  }

  /** So many bytes, as a view of the file. */
  take(count: number): Uint8Array {
    const at = this.#advance(count)
    return this.#bytes.subarray(at, at + count)
  }

  /** All that is left, as a view of the file. */
  rest(): Uint8Array {
    return this.take(this.#to - this.#at)
  }

  /** So many bytes of UTF-8. */
  text(count: number, what: string): string {
    const at = this.#at
    try {
      const text = utf8.decode(this.take(count))
      if (!text.includes('\0')) return text
    } catch (error) {
      if (error instanceof MosquittoDbError) throw error
    }
    throw damaged(`${what} in a ${this.name} chunk is not text as MQTT knows it`, at)
  }

  /** All the rest, as the properties of a PUBLISH on this topic, which is checked as well. */
  properties(topic: string): PropertiesOf<'publish'> {
    const at = this.#at
    if (topic === '') throw this.fault('has an empty topic')
    const count = this.#to - at
    try {
      return propertiesOf(topic, count === 0 ? NO_PROPERTIES : this.take(count))
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw damaged(`A ${this.name} chunk holds no message of MQTT: ${why}`, at, { cause })
    }
  }

  /** Demands that nothing is left. */
  done(): void {
    const left = this.#to - this.#at
    if (left > 0) throw this.fault(`is too long by ${left}`)
  }

  /** The chunk says something that it cannot say, here. */
  fault(what: string): MosquittoDbError {
    return damaged(`A ${this.name} chunk ${what}`, this.#at)
  }

  #advance(count: number): number {
    const at = this.#at
    const left = this.#to - at
    if (count > left) throw this.fault(`is too short by ${count - left}`)
    this.#at = at + count
    return at
  }
}

/** The end of the year 9999. */
const SECONDS_MAX = 253_402_300_799n
const NO_PROPERTIES = new Uint8Array(1)
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** The codec knows every rule about properties and Topic Names, so it is given a PUBLISH. */
function propertiesOf(topic: string, properties: Uint8Array): PropertiesOf<'publish'> {
  const name = encoder.encode(topic)
  const header = [PUBLISH, ...variableByteInteger(2 + name.length + properties.length)]
  const packet = new Uint8Array(header.length + 2 + name.length + properties.length)
  packet.set(header)
  packet.set([name.length >> 8, name.length & 0xff], header.length)
  packet.set(name, header.length + 2)
  packet.set(properties, header.length + 2 + name.length)
  const decoder = new Decoder({ version: 5 })
  decoder.push(packet)
  const frame = decoder.next()
  if (!(frame instanceof PublishFrame) || frame.payload.length > 0) {
    throw new RangeError('its properties are shorter or longer than the chunk')
  }
  return frame.properties
}

const PUBLISH = 0x30

function variableByteInteger(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...variableByteInteger(value >>> 7)]
}
