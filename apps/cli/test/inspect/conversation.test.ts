// A connection overheard: which version it speaks, what is malformed, what an alias stands for.

import { describe, expect, it } from 'vitest'
import { encode } from '@godwit/codec'
import type { ProtocolVersion, PublishPacket } from '@godwit/codec'
import { bytesOf } from '@godwit/codec/testing'
import { Conversation } from '../../src/inspect/conversation.ts'
import type { Sender, Sighting } from '../../src/inspect/conversation.ts'

const MESSAGE = {
  type: 'publish',
  topic: 'a',
  payload: Buffer.from('21.5'),
  qos: 0,
  retain: false,
  dup: false,
  packetId: 0,
} as const

describe('the version', () => {
  it.each([3, 4, 5] as const)('is that of the CONNECT, for both directions: %i', (version) => {
    const conversation = new Conversation()
    hear(conversation, 'client', connect(version))
    const [sighting] = hear(conversation, 'server', encode(MESSAGE, version))
    expect(sighting).toMatchObject({ version, guessed: false })
    expect(sighting!.error).toBeUndefined()
  })

  it('is that of a CONNECT which is malformed behind it', () => {
    const conversation = new Conversation()
    const malformed = bytesOf('10 0d 0004 4d515454 04 01 003c 0001 61')
    expect(hear(conversation, 'client', malformed)).toMatchObject([
      { version: 4, guessed: false, error: { statement: 'MQTT-3.1.2-3' } },
    ])
  })

  it('stays a guess behind a CONNECT of an unknown one', () => {
    const conversation = new Conversation()
    const unknown = bytesOf('10 0d 0004 4d515454 09 02 003c 0001 61')
    expect(hear(conversation, 'client', unknown)).toMatchObject([
      { guessed: true, error: { reasonCode: 0x84 } },
    ])
  })

  it('is guessed without a CONNECT: the newest in which a packet is well-formed', () => {
    const five = new Conversation()
    expect(hear(five, 'client', encode(MESSAGE, 5))).toMatchObject([{ version: 5, guessed: true }])
    const four = new Conversation()
    expect(hear(four, 'client', encode(MESSAGE, 4))).toMatchObject([{ version: 4, guessed: true }])
    // In MQTT 3.1.1 a SUBSCRIBE has no DUP.
    const three = new Conversation()
    const resent = bytesOf('8a 06 0001 0001 61 00')
    expect(hear(three, 'client', resent)).toMatchObject([{ version: 3, guessed: true }])
  })

  it('is guessed again when a packet fits only another, and kept when none fits', () => {
    const conversation = new Conversation()
    hear(conversation, 'client', encode(MESSAGE, 5))
    const [, reserved] = hear(conversation, 'client', encode(MESSAGE, 4), bytesOf('00 00'))
    expect(reserved).toMatchObject({ version: 4, guessed: true })
    expect(reserved!.error?.message).toBe('The packet type 0 does not exist')
  })

  it('that somebody knows is not guessed', () => {
    const conversation = new Conversation(5)
    expect(hear(conversation, 'client', encode(MESSAGE, 4))).toMatchObject([
      { version: 5, guessed: false, error: { fault: 'peer' } },
    ])
  })
})

describe('a conversation', () => {
  it('goes on behind a malformed packet', () => {
    const conversation = new Conversation(5)
    const stream = bytesOf('30 06 0003612f23 00 c0 00')
    const [malformed, ping] = hear(conversation, 'client', stream)
    expect(malformed!.error?.statement).toBe('MQTT-3.3.2-2')
    expect(ping).toMatchObject({ type: 'pingreq', packet: { at: 8 } })
  })

  it('knows what a Topic Alias stands for in its direction', () => {
    const conversation = new Conversation(5)
    hear(conversation, 'client', aliased('site/12'))
    expect(hear(conversation, 'client', aliased(''))[0]!.aliasedTopic).toBe('site/12')
    expect(hear(conversation, 'server', aliased(''))[0]!.aliasedTopic).toBeUndefined()
    hear(conversation, 'client', aliased('site/13'))
    expect(hear(conversation, 'client', aliased(''))[0]!.aliasedTopic).toBe('site/13')
  })

  it('judges a PUBLISH that is too large to be kept by what was kept of it', () => {
    const payload = new Uint8Array(3_000_000)
    const fine = hear(new Conversation(5), 'client', encode({ ...MESSAGE, payload }, 5))
    expect(fine).toMatchObject([{ type: 'publish', packet: { length: 3_000_009 } }])
    expect(fine[0]!.error).toBeUndefined()
    const wrong = encode({ ...MESSAGE, payload }, 5).slice()
    wrong[7] = 0x23
    expect(hear(new Conversation(5), 'client', wrong)[0]!.error?.statement).toBe('MQTT-3.3.2-2')
  })

  it('gives a direction up after twenty malformed packets in a row, until there is a gap', () => {
    const conversation = new Conversation(5)
    const sightings = hear(conversation, 'client', new Uint8Array(100))
    expect(sightings).toHaveLength(20)
    expect(sightings.map(({ givenUp }) => givenUp).lastIndexOf(undefined)).toBe(18)
    expect(conversation.lostBytes('client')).toBe(60)
    expect(hear(conversation, 'server', bytesOf('d0 00'))).toHaveLength(1)
    expect([...conversation.gap('client', 10)]).toEqual([])
    expect(hear(conversation, 'client', bytesOf('c0 00'))).toMatchObject([{ packet: { at: 110 } }])
  })

  it('goes on as long as some packets are well-formed', () => {
    const conversation = new Conversation(5)
    const stream = Buffer.concat(Array.from({ length: 50 }, () => bytesOf('00 00 c0 00')))
    expect(hear(conversation, 'client', stream)).toHaveLength(100)
  })

  it('says why a packet is malformed even if its end never comes', () => {
    const conversation = new Conversation(5)
    hear(conversation, 'client', bytesOf('30 20 0003612f23 00'))
    const [cut] = [...conversation.end('client')]
    expect(cut).toMatchObject({ packet: { end: 'cut-off' }, error: { statement: 'MQTT-3.3.2-2' } })
    expect([...conversation.end('client')]).toEqual([])
  })
})

function hear(
  conversation: Conversation,
  sender: Sender,
  ...chunks: readonly Uint8Array[]
): readonly Sighting[] {
  return chunks.flatMap((chunk) => [...conversation.receive(sender, chunk)])
}

function connect(version: ProtocolVersion): Uint8Array {
  return encode(
    { type: 'connect', version, clientId: 'c', cleanStart: true, keepAlive: 0 },
    version,
  )
}

function aliased(topic: string): Uint8Array {
  const packet: PublishPacket = { ...MESSAGE, topic, properties: { topicAlias: 7 } }
  return encode(packet, 5)
}
