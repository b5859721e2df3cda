// Retained messages: the last one of each topic, within bounds, until they expire.

import { Decoder, encode, PublishFrame } from '@godwit/codec'
import type { PropertiesOf, PublishPacket, QoS } from '@godwit/codec'
import { naiveMatches } from '@godwit/topic/testing'
import { VirtualClock } from '@godwit/transport/testing'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Message } from '../src/message.ts'
import { Retained } from '../src/retained.ts'
import { wheelOn } from './wheel.ts'

describe('a retained message', () => {
  it('takes the place of the former one of its topic [MQTT-3.3.1-5]', () => {
    const { retained, found } = store()
    expect(retained.put(received('a', 'one'))).toBe('kept')
    expect(retained.put(received('b', 'other'))).toBe('kept')
    expect(retained.put(received('a', 'two'))).toBe('kept')
    expect(found('#')).toEqual(['a two', 'b other'])
    expect(retained.size).toBe(2)
  })

  it('is removed by one without a payload [MQTT-3.3.1-6], which is not kept [MQTT-3.3.1-7]', () => {
    const { retained, found } = store()
    retained.put(received('a', 'one'))
    expect(retained.put(received('a', ''))).toBe('removed')
    expect(retained.put(received('b', ''))).toBe('removed')
    expect(found('#')).toEqual([])
    expect(retained).toMatchObject({ size: 0, bytes: 0 })
  })

  it('may be removed by its topic', () => {
    const { retained, found } = store()
    retained.put(received('a', 'one'))
    expect(retained.delete('a')).toBe(true)
    expect(retained.delete('a')).toBe(false)
    expect(found('#')).toEqual([])
    expect(retained).toMatchObject({ size: 0, bytes: 0 })
  })

  it('comes back as it was published: flags, properties, when, and by whom', () => {
    const { retained, walk } = store()
    const properties: PropertiesOf<'publish'> = {
      messageExpiryInterval: 9,
      contentType: 'text',
      userProperty: [['k', 'v']],
    }
    const frame = frameOf({ topic: 'a', qos: 2, properties }, 'one')
    retained.put(new Message(frame, 4_000, 'p'))
    const [message] = walk('a')
    expect(message).toMatchObject({ topic: 'a', qos: 2, retain: true })
    expect(message).toMatchObject({ receivedAt: 4_000, publisher: 'p' })
    expect(message).toMatchObject({ expiresAt: 13_000, messageExpiryInterval: 9 })
    expect(message!.source.properties).toEqual(properties)
  })

  it('is found by the Topic Name that its Topic Alias stood for', () => {
    const { retained, found, walk } = store()
    const frame = frameOf({ topic: '', properties: { topicAlias: 7 } }, 'one')
    frame.topic = 'a/b'
    retained.put(new Message(frame, 0, undefined))
    expect(found('a/+')).toEqual(['a/b one'])
    const layout = walk('a/b')[0]!.layout(5, false)
    expect(Buffer.from(layout.bytes).toString('hex')).toBe('30090003612f62006f6e65')
  })

  it('of a program is kept whatever the program does with its bytes', () => {
    const { retained, found } = store()
    const payload = Buffer.from('one')
    retained.put(new Message({ ...packet('a', 0), payload }, 0, undefined))
    retained.put(new Message({ ...packet('b', 1), payload }, 0, undefined))
    payload.fill(0)
    expect(found('#')).toEqual(['a one', 'b one'])
  })
})

describe('filters', () => {
  it('that begin with a wildcard do not find topics that begin with $ [MQTT-4.7.2-1]', () => {
    const { retained, found } = store()
    for (const topic of ['$SYS/a', 'SYS/a', '/a']) retained.put(received(topic, '1'))
    expect(found('#')).toEqual(['/a 1', 'SYS/a 1'])
    expect(found('+/a')).toEqual(['/a 1', 'SYS/a 1'])
    expect(found('$SYS/#')).toEqual(['$SYS/a 1'])
    expect(found('$SYS/+')).toEqual(['$SYS/a 1'])
  })

  it('that are not valid are refused', () => {
    const { retained } = store()
    expect(() => retained.walk('a/#/b', () => 0).next()).toThrow(RangeError)
  })
})

describe('a walk', () => {
  it('is not disturbed by what happens while it is left', () => {
    const { retained } = store()
    for (const topic of ['a', 'b', 'c', 'd']) retained.put(received(topic, 'old'))
    const walk = retained.walk('+', () => 0)
    const first = walk.next().value!
    const rest = ['a', 'b', 'c', 'd'].filter((topic) => topic !== first.topic)
    const [removed = '', replaced = '', left = ''] = rest
    retained.delete(removed)
    retained.put(received(replaced, 'new'))
    retained.put(received('x/y', 'elsewhere'))
    expect(met(walk).map(plain).toSorted()).toEqual([`${replaced} new`, `${left} old`].toSorted())
  })

  it('leaves out what has expired since it began [MQTT-3.3.2-5]', () => {
    const { retained, clock } = store()
    for (const topic of ['a', 'b', 'c']) {
      retained.put(received(topic, '1', { properties: { messageExpiryInterval: 2 } }))
    }
    let now = 1_999
    const walk = retained.walk('+', () => now)
    expect(walk.next().done).toBe(false)
    now = 2_000
    expect(clock.now()).toBe(0)
    expect([...walk].filter((message) => message !== undefined)).toEqual([])
  })

  it('gives way where it finds nothing for a while', () => {
    const { retained } = store({ retainedMessagesMax: 10_000 })
    for (let at = 0; at < 1_000; at++) retained.put(received(`${at}/x`, '1'))
    retained.put(received('a/y', '1'))
    const walk = [...retained.walk('+/y', () => 0)]
    expect(walk.length).toBeGreaterThan(30)
    expect(met(walk).map(plain)).toEqual(['a/y 1'])
  })

  it('hands out each message anew, so that no encoding stays with what is kept', () => {
    const { retained, walk } = store()
    const message = received('a', 'one')
    retained.put(message)
    const encoded = message.layout(4, true)
    const [first, second] = [...walk('a'), ...walk('a')]
    expect(first).not.toBe(second)
    expect(first!.source).toBe(second!.source)
    expect(first!.layout(4, true)).not.toBe(encoded)
    expect(first!.layout(4, true)).not.toBe(second!.layout(4, true))
  })
})

describe('a Message Expiry Interval', () => {
  it('ends the message, and gives its memory back [MQTT-3.3.2-5]', () => {
    const { retained, clock, found } = store()
    retained.put(received('a', '1', { properties: { messageExpiryInterval: 10 } }))
    retained.put(received('b', '1'))
    clock.advance(9_999)
    expect(found('#')).toEqual(['a 1', 'b 1'])
    clock.advance(1)
    expect(found('#')).toEqual(['b 1'])
    clock.advance(400)
    expect(retained.size).toBe(1)
    retained.delete('b')
    expect(retained.bytes).toBe(0)
  })

  it('counts from when the message came, not from when it was kept', () => {
    const { retained, clock, found } = store()
    clock.advance(8_000)
    retained.put(received('a', '1', { properties: { messageExpiryInterval: 10 } }, 3_000))
    clock.advance(4_999)
    expect(found('a')).toEqual(['a 1'])
    clock.advance(1)
    expect(found('a')).toEqual([])
  })

  it('of a former message does not end the one that took its place', () => {
    const { retained, clock, found } = store()
    retained.put(received('a', '1', { properties: { messageExpiryInterval: 1 } }))
    retained.put(received('a', '2'))
    retained.put(received('b', '1', { properties: { messageExpiryInterval: 1 } }))
    retained.put(received('b', '2', { properties: { messageExpiryInterval: 60 } }))
    clock.advance(5_000)
    expect(found('#')).toEqual(['a 2', 'b 2'])
    clock.advance(60_000)
    expect(found('#')).toEqual(['a 2'])
    expect(retained.size).toBe(1)
  })
})

describe('at a limit', () => {
  it('of messages, another topic is full, and nothing changes', () => {
    const { retained, found } = store({ retainedMessagesMax: 2 })
    retained.put(received('a', '1'))
    retained.put(received('b', '1'))
    const { bytes } = retained
    expect(retained.put(received('c', '1'))).toBe('full')
    expect(retained.bytes).toBe(bytes)
    expect(found('#')).toEqual(['a 1', 'b 1'])
    expect(retained.put(received('b', '2'))).toBe('kept')
    expect(found('#')).toEqual(['a 1', 'b 2'])
    expect(retained.put(received('a', ''))).toBe('removed')
    expect(retained.put(received('c', '1'))).toBe('kept')
  })

  it('of bytes, what does not fit is full, a replacement too, and nothing changes', () => {
    const { retained, found } = store({ retainedBytesMax: 3_000 })
    expect(retained.put(received('a', 'x'.repeat(1_000)))).toBe('kept')
    expect(retained.put(received('b', 'x'.repeat(1_000)))).toBe('full')
    expect(retained.put(received('a', 'y'.repeat(2_000)))).toBe('kept')
    expect(retained.put(received('a', 'z'.repeat(3_000)))).toBe('full')
    expect(found('#')).toEqual([`a ${'y'.repeat(2_000)}`])
    expect(retained.put(received('a', '1'))).toBe('kept')
    expect(retained.put(received('b', '1'))).toBe('kept')
  })
})

describe('its memory', () => {
  it('is one exact copy of the packet, and not the chunk that it came in', () => {
    const { retained, walk } = store()
    retained.put(received('a', 'one', {}, 0, new Uint8Array(60_000)))
    const { source } = walk('a')[0]!
    if (!(source instanceof PublishFrame)) throw new TypeError('This is no frame')
    expect(source.length).toBe(9)
    expect(source.bytes.buffer.byteLength).toBe(9)
  })

  it('counts what is written, its levels and its expiry, and what each message takes', () => {
    const bytesOf = (message: Message): number => {
      const { retained } = store()
      retained.put(message)
      return retained.bytes
    }
    expect(bytesOf(received('abc', 'x'))).toBe(800 + 2 * 3 + 9)
    expect(bytesOf(received('a/b', 'x'))).toBe(800 + 2 * 3 + 9 + 60)
    const properties = { messageExpiryInterval: 5 }
    expect(bytesOf(received('abc', 'x', { properties }))).toBe(800 + 2 * 3 + 14 + 350)
    const named = new Message(frameOf({ topic: 'abc' }, 'x'), 0, 'publisher')
    expect(bytesOf(named)).toBe(800 + 2 * (3 + 9) + 9)
  })
})

it('agrees with a list that is searched, and counts the bytes of what is there', () => {
  fc.assert(
    fc.property(fc.array(steps(), { maxLength: 60 }), (sequence) => {
      const { retained, clock, found } = store({ retainedMessagesMax: 4 })
      const held = new Map<string, Message>()
      for (const step of sequence) {
        clock.advance(step.waitMs)
        const now = clock.now()
        for (const [topic, { expiresAt }] of held) {
          if (expiresAt <= now - LATE_MS) held.delete(topic)
        }
        const expired = [...held.values()].filter(({ expiresAt }) => expiresAt <= now)
        // What has expired may still take a place for a moment: then nobody can say what is full.
        if (expired.length > 0) continue
        const { topic, text, messageExpiryInterval } = step
        const properties = messageExpiryInterval === 0 ? {} : { messageExpiryInterval }
        const message = received(topic, text, { properties }, now)
        const isFull = text !== '' && !held.has(topic) && held.size === 4
        if (text === '') held.delete(topic)
        else if (!isFull) held.set(topic, message)
        expect(retained.put(message) === 'full').toBe(isFull)
        const wanted = [...held.values()].filter((one) => naiveMatches(step.filter, one.topic))
        expect(found(step.filter)).toEqual(wanted.map(plain).toSorted())
      }
      const fresh = store().retained
      for (const topic of TOPICS) {
        for (const one of met(retained.walk(topic, () => -Infinity))) fresh.put(one)
      }
      expect(retained).toMatchObject({ size: fresh.size, bytes: fresh.bytes })
      for (const topic of TOPICS) retained.delete(topic)
      expect(retained).toMatchObject({ size: 0, bytes: 0 })
    }),
    { numRuns: 300 },
  )
})

/** How late the wheel of deadlines may be. */
const LATE_MS = 400
const TOPICS = ['a', 'a/b', 'a/b/c', '/', 'b', '$a/b']

interface Step {
  readonly waitMs: number
  readonly topic: string
  readonly text: string
  readonly messageExpiryInterval: number
  readonly filter: string
}

function steps(): fc.Arbitrary<Step> {
  return fc.record({
    waitMs: fc.constantFrom(0, 0, 100, 1_500),
    topic: fc.constantFrom(...TOPICS),
    text: fc.constantFrom('', 'x', 'longer'),
    messageExpiryInterval: fc.constantFrom(0, 0, 1, 3),
    filter: fc.constantFrom('#', '+', 'a/#', '+/b', '$a/#', '+/+/c', 'b'),
  })
}

interface Store {
  readonly clock: VirtualClock
  readonly retained: Retained
  readonly walk: (filter: string) => readonly Message[]
  /** The topics and payloads of the messages that a filter finds at present. */
  readonly found: (filter: string) => readonly string[]
}

function store(limits: { retainedMessagesMax?: number; retainedBytesMax?: number } = {}): Store {
  const clock = new VirtualClock()
  const bounds = { retainedMessagesMax: 1_000, retainedBytesMax: 1_000_000, ...limits }
  const retained = new Retained(bounds, wheelOn(clock))
  const walk = (filter: string): readonly Message[] => met(retained.walk(filter, () => clock.now()))
  return { clock, retained, walk, found: (filter) => walk(filter).map(plain).toSorted() }
}

/** Without the pauses of a walk. */
function met(walk: Iterable<Message | undefined>): readonly Message[] {
  return [...walk].filter((message) => message !== undefined)
}

interface Fields {
  readonly qos?: QoS
  readonly properties?: PropertiesOf<'publish'>
}

/** A message that came over a 5.0 connection, in a chunk with other bytes behind it. */
function received(
  topic: string,
  text: string,
  fields: Fields = {},
  receivedAt = 0,
  behind: Uint8Array = new Uint8Array(0),
): Message {
  return new Message(frameOf({ topic, ...fields }, text, behind), receivedAt, undefined)
}

function frameOf(
  { topic, qos = 0, properties = {} }: Fields & { readonly topic: string },
  text: string,
  behind: Uint8Array = new Uint8Array(0),
): PublishFrame {
  const decoder = new Decoder()
  const payload = Buffer.from(text)
  const bytes = encode({ ...packet(topic, qos), payload, properties }, 5)
  decoder.push(Uint8Array.from(Buffer.concat([bytes, behind])))
  const frame = decoder.next()
  if (frame instanceof PublishFrame) return frame
  throw new TypeError('This is no PUBLISH')
}

function packet(topic: string, qos: QoS): PublishPacket {
  const payload = new Uint8Array(0)
  const packetId = qos === 0 ? 0 : 1
  return { type: 'publish', dup: false, topic, qos, packetId, retain: true, payload }
}

function plain({ topic, payload }: Message): string {
  return `${topic} ${Buffer.from(payload).toString()}`
}
