/** Persistence files of Mosquitto put together byte by byte, for what no Mosquitto would write. */

/** A file of so many chunks. */
export function fileOf(...chunks: readonly Uint8Array[]): Uint8Array {
  return fileOfVersion(6, CONFIGURATION, ...chunks)
}

/** A file that says it is of a version of the format. */
export function fileOfVersion(version: number, ...chunks: readonly Uint8Array[]): Uint8Array {
  return joined(MAGIC, big(4, 0), big(4, version), ...chunks)
}

/** A chunk of any type. */
export function chunk(type: number, ...parts: readonly Part[]): Uint8Array {
  const body = joined(...parts)
  return joined(big(4, type), big(4, body.length), body)
}

/** A number in network order. */
export function big(bytes: number, value: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => value / 256 ** (bytes - 1 - index))
}

/** A number as most machines have it. */
export function little(bytes: number, value: number): Uint8Array {
  return big(bytes, value).toReversed()
}

/** CFG, as a machine of 64 bits writes it. */
export const CONFIGURATION: Uint8Array = configurationOf({})

/** CFG. */
export function configurationOf({
  idBytes = 8,
  filling = 6,
}: {
  readonly idBytes?: number
  readonly filling?: number
}): Uint8Array {
  return chunk(1, little(8, 99), [1, idBytes], new Uint8Array(filling))
}

/** MSG_STORE. */
export function messageChunk({
  id = 1,
  topic = 't',
  payload = 'p',
  qos = 1,
  retain = 0,
  expires = 0,
  publisher = 'publisher',
  properties = new Uint8Array(0),
}: {
  readonly id?: number
  readonly topic?: string
  readonly payload?: string
  readonly qos?: number
  readonly retain?: number
  readonly expires?: number
  readonly publisher?: string
  readonly properties?: Uint8Array
}): Uint8Array {
  const lengths = [publisher.length, 0, topic.length, 1883].map((length) => big(2, length))
  const numbers = [little(8, id), little(8, expires), big(4, payload.length), big(2, 7)]
  const bytes = [qos, retain]
  return chunk(2, ...numbers, ...lengths, bytes, publisher, topic, payload, properties)
}

/** CLIENT. */
export function clientChunk({
  clientId = 'c',
  expires = 0,
  interval = 0xffff_ffff,
  username = new Uint8Array(0),
  filling = 4,
}: {
  readonly clientId?: string
  readonly expires?: number
  readonly interval?: number
  readonly username?: Uint8Array
  readonly filling?: number
}): Uint8Array {
  const fields = [little(8, expires), big(4, interval), big(2, 5), big(2, clientId.length)]
  const later = [big(2, 1883), big(2, username.length), new Uint8Array(filling)]
  return chunk(6, ...fields, ...later, clientId, username)
}

/** CLIENT_MSG. */
export function clientMessageChunk({
  clientId = 'c',
  id = 1,
  packetId = 1,
  qos = 1,
  state = 11,
  retainDup = 0,
  direction = 1,
  properties = new Uint8Array(0),
}: {
  readonly clientId?: string
  readonly id?: number
  readonly packetId?: number
  readonly qos?: number
  readonly state?: number
  readonly retainDup?: number
  readonly direction?: number
  readonly properties?: Uint8Array
}): Uint8Array {
  const bytes = [qos, state, retainDup, direction]
  return chunk(
    3,
    little(8, id),
    big(2, packetId),
    big(2, clientId.length),
    bytes,
    clientId,
    properties,
  )
}

/** SUB. */
export function subscriptionChunk({
  clientId = 'c',
  filter = '#',
  identifier = 0,
  qos = 1,
  options = 0,
}: {
  readonly clientId?: string
  readonly filter?: string
  readonly identifier?: number
  readonly qos?: number
  readonly options?: number
}): Uint8Array {
  const lengths = [big(2, clientId.length), big(2, filter.length)]
  return chunk(5, big(4, identifier), ...lengths, [qos, options, 0, 0], clientId, filter)
}

/** RETAIN. */
export function retainedChunk(id = 1): Uint8Array {
  return chunk(4, little(8, id))
}

/** Bytes, or text of one byte a character. */
type Part = Uint8Array | readonly number[] | string

const MAGIC = '\0\u00b5\0mosquitto db'

function joined(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [...part],
    ),
  )
}
