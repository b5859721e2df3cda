// The decoder of a client: what a server sends as any decoder reads it, and nothing else.

import { expect, it } from 'vitest'
import { ClientDecoder } from '../src/index.ts'
import type { DecodedPacket } from '../src/index.ts'
import { bytesOf, PACKET_VECTORS, plainPacket } from '../src/testing/index.ts'
import type { PacketVector } from '../src/testing/index.ts'
import { protocolErrorBy, refusalBy } from './refusal.ts'

const OF_CLIENTS = ['connect', 'subscribe', 'unsubscribe', 'pingreq']

it.each(PACKET_VECTORS.filter((vector) => !isOfClients(vector)))(
  'version $version decodes $name',
  (vector) => {
    expect(plainPacket(decode(vector)!)).toStrictEqual(vector.packet)
  },
)

it.each(PACKET_VECTORS.filter(isOfClients))('version $version refuses $name', (vector) => {
  expect(refusalBy(() => decode(vector))).toEqual(protocolErrorBy())
})

it('says which packet came that a server does not send', () => {
  const decoder = new ClientDecoder()
  decoder.push(bytesOf('c0 00'))
  expect(() => decoder.next()).toThrow('A server sent a PINGREQ')
})

function isOfClients({ packet }: PacketVector): boolean {
  return OF_CLIENTS.includes(packet.type)
}

function decode({ version, hex }: PacketVector): DecodedPacket | undefined {
  const decoder = new ClientDecoder({ version })
  decoder.push(bytesOf(hex))
  return decoder.next()
}
