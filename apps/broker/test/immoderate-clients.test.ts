/** Clients that keep to the protocol, or nearly, and ask for more than any honest one. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Broker } from '@godwit/broker'
import { encode, ReasonCode } from '@godwit/codec'
import type { Packet, ProtocolVersion } from '@godwit/codec'
import { systemClock, TcpListener } from '@godwit/transport/node'
import { Exchange } from './exchange.ts'
import { connectPacket, publishPacket, RawClient, subscribePacket } from './raw-client.ts'
import { startBroker } from './running-broker.ts'
import type { RunningBroker } from './running-broker.ts'

vi.setConfig({ testTimeout: 60_000 })

const VERSIONS: readonly ProtocolVersion[] = [3, 4, 5]
const PAYLOAD = new Uint8Array(8)

let broker: RunningBroker
let good: Exchange

beforeAll(async () => {
  broker = await startBroker('--log-level', 'warn')
  good = await Exchange.of(broker.port)
})

afterAll(async () => {
  good?.[Symbol.dispose]()
  await broker?.[Symbol.asyncDispose]()
})

describe.each(VERSIONS)(
  'a QoS 2 PUBLISH and its repetition in one segment, in protocol level %i',
  (version) => {
    it('are delivered as one message [MQTT-4.3.3-10]', async () => {
      const topic = `repeated/${version}`
      using subscriber = await RawClient.connected(broker.port)
      await subscriber.subscribe(`${topic}/#`)
      using client = await RawClient.connected(broker.port, { version, clientId: topic })
      const once = publishPacket(topic, PAYLOAD, { qos: 2, packetId: 7 })
      const again: Packet = { ...once, dup: true }
      client.socket.write(joined(version, [once, again, again]))
      client.send({ type: 'pubrel', packetId: 7, reasonCode: ReasonCode.Success })
      await client.packet('pubcomp')
      client.send(publishPacket(`${topic}/end`, PAYLOAD))
      await subscriber.until(() => topicsOf(subscriber).includes(`${topic}/end`))
      expect(topicsOf(subscriber)).toEqual([topic, `${topic}/end`])
      expect(client.received.filter(({ type }) => type === 'pubrec')).toHaveLength(3)
    })
  },
)

describe('60,000 messages of QoS 2 without a PUBREL', () => {
  const packets = Array.from({ length: 60_000 }, (_, i) =>
    publishPacket('unreleased', PAYLOAD, { qos: 2, packetId: i + 1 }),
  )

  it.each([3, 4] as const)('are taken in protocol level %i', async (version) => {
    const clientId = `unreleased-${version}`
    using client = await RawClient.connected(broker.port, { version, clientId })
    client.socket.write(joined(version, [...packets, { type: 'pingreq' }]))
    await client.packet('pingresp')
    const acknowledged = client.received.flatMap((packet) =>
      packet.type === 'pubrec' ? [packet.packetId] : [],
    )
    expect(acknowledged).toEqual(packets.map(({ packetId }) => packetId))
    await good.exchange()
  })

  it('are Receive Maximum exceeded in MQTT 5.0 [MQTT-3.3.4-7]', async () => {
    using client = await RawClient.connected(broker.port)
    client.socket.write(joined(5, packets))
    const { reasonCode } = await client.packet('disconnect')
    expect(reasonCode).toBe(ReasonCode.ReceiveMaximumExceeded)
    expect(client.received.filter(({ type }) => type === 'pubrec')).toHaveLength(1024)
    await Promise.all([client.closed, good.exchange()])
  })
})

describe('a topic of 65,535 slashes', () => {
  const slashes = '/'.repeat(65_535)

  it.each(VERSIONS)('as that of a will is refused in protocol level %i', async (version) => {
    using client = await RawClient.open(broker.port, version)
    const will = { topic: slashes, payload: PAYLOAD, qos: 0, retain: false } as const
    client.send(connectPacket({ version, clientId: 'slashes', will }))
    await Promise.all([client.closed, good.exchange()])
    expect(client.received).not.toContainEqual(
      expect.objectContaining({ reasonCode: ReasonCode.Success }),
    )
  })

  it.each(VERSIONS)('of PUBLISH ends the connection in protocol level %i', async (version) => {
    using client = await RawClient.connected(broker.port, { version, clientId: 'slashes' })
    client.send(publishPacket(slashes, PAYLOAD))
    await Promise.all([client.closed, good.exchange()])
    const told = version === 5 ? [ReasonCode.TopicNameInvalid] : []
    const codes = client.received.flatMap((packet) =>
      packet.type === 'disconnect' ? [packet.reasonCode] : [],
    )
    expect(codes).toEqual(told)
  })

  it.each<[version: ProtocolVersion, reasonCode: ReasonCode]>([
    [3, ReasonCode.Success], // MQTT 3.1 has no other word.
    [4, ReasonCode.UnspecifiedError],
    [5, ReasonCode.TopicFilterInvalid],
  ])('of SUBSCRIBE is answered in protocol level %i with code %i', async (version, reasonCode) => {
    using client = await RawClient.connected(broker.port, { version, clientId: 'slashes' })
    client.send(subscribePacket([slashes]))
    expect(await client.packet('suback')).toMatchObject({ reasonCodes: [reasonCode] })
    await good.exchange()
  })

  it.each<[version: ProtocolVersion, reasonCodes: readonly ReasonCode[]]>([
    [3, []],
    [4, []],
    [5, [ReasonCode.NoSubscriptionExisted]],
  ])('of UNSUBSCRIBE is no subscription in protocol level %i', async (version, reasonCodes) => {
    using client = await RawClient.connected(broker.port, { version, clientId: 'slashes' })
    client.send({ type: 'unsubscribe', packetId: 1, filters: [slashes] })
    expect(await client.packet('unsuback')).toMatchObject({ reasonCodes })
    await good.exchange()
  })

  it.each([
    [65_535, ReasonCode.PacketTooLarge], // Above what properties may have.
    [10_000, ReasonCode.TopicNameInvalid],
  ])('ends the connection as Response Topic, of %i slashes with %i', async (count, expected) => {
    using client = await RawClient.connected(broker.port)
    const properties = { responseTopic: slashes.slice(0, count) }
    client.send(publishPacket('t', PAYLOAD, { properties }))
    const { reasonCode } = await client.packet('disconnect')
    expect(reasonCode).toBe(expected)
    await Promise.all([client.closed, good.exchange()])
  })

  it('as Response Topic of a will refuses the client', async () => {
    using client = await RawClient.open(broker.port)
    const properties = { responseTopic: slashes.slice(0, 10_000) }
    const will = { topic: 't', payload: PAYLOAD, qos: 0, retain: false, properties } as const
    client.send(connectPacket({ clientId: 'slashes', will }))
    const { reasonCode } = await client.packet('connack')
    expect(reasonCode).toBe(ReasonCode.TopicNameInvalid)
    await Promise.all([client.closed, good.exchange()])
  })
})

describe('a client with 100,000 subscriptions', () => {
  it('holds nobody up when it is cut off', async () => {
    const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
    const limits = { subscriptionsMax: 100_000 }
    await using generous = new Broker({ listeners: [listener], clock: systemClock, limits })
    const [url = ''] = await generous.start()
    const port = Number(new URL(url).port)
    using others = await Exchange.of(port)
    using client = await RawClient.connected(port)
    for (let i = 0; i < 100; i++) {
      const filters = Array.from({ length: 1000 }, (_, j) => `room/${i}/${j}/+/temperature`)
      client.send(subscribePacket(filters))
    }
    await client.until(() => client.received.filter(({ type }) => type === 'suback').length === 100)
    expect(generous.stats().subscriptions).toBe(100_001)

    client.socket.resetAndDestroy()
    const waits: number[] = []
    for (let i = 0; i < 200; i++) {
      const since = performance.now()
      await others.exchange()
      waits.push(performance.now() - since)
    }
    expect(generous.stats().subscriptions).toBe(1)
    expect(Math.max(...waits)).toBeLessThan(2_000)
  })
})

describe('after all that', () => {
  it('the broker lives, and has found no fault with itself', async () => {
    await good.exchange()
    expect(broker.program.stderr).not.toContain('"level":"error"')
  })
})

function joined(version: ProtocolVersion, packets: readonly Packet[]): Uint8Array {
  return Buffer.concat(packets.map((packet) => encode(packet, version)))
}

function topicsOf(client: RawClient): readonly string[] {
  return client.received.flatMap((packet) => (packet.type === 'publish' ? [packet.topic] : []))
}
