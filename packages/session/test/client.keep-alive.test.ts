// Keep Alive at the client's end (§3.1.2.10, §3.12, §3.13): PINGREQ in time, and PINGRESP awaited.

import { describe, expect, it } from 'vitest'
import { ack, letIn, message, Output, sends } from './client-protocol.ts'
import { at, frame, seconds, VERSIONS } from './protocol.ts'

const PINGREQ = sends({ type: 'pingreq' })

describe('a silent client', () => {
  it.each(VERSIONS)(
    'sends PINGREQ at the end of its Keep Alive in version %i [MQTT-3.1.2-20]',
    (version) => {
      const client = letIn({ fields: { version, keepAlive: 10 } })
      expect(client.deadline).toBe(at(seconds(10)))
      expect(client.timeout(at(9999))).toEqual([])
      expect(client.timeout(at(seconds(10)))).toEqual([PINGREQ])
    },
  )

  it('goes by the Server Keep Alive [MQTT-3.1.2-21] [MQTT-3.2.2-21]', () => {
    const client = letIn({ fields: { keepAlive: 10 }, terms: { serverKeepAlive: 3 } })
    expect(client.deadline).toBe(at(seconds(3)))
  })

  it('sends nothing with a Keep Alive of 0', () => {
    const client = letIn()
    expect(client.deadline).toBe(Infinity)
    expect(client.timeout(at(seconds(1_000_000)))).toEqual([])
  })

  it.each([
    [10, 1000, 9000],
    [1, 1000, 500],
  ])(
    'with a Keep Alive of %i s that wants to be %i ms early is so after %i ms',
    (keepAlive, pingLeadMs, after) => {
      const client = letIn({ fields: { keepAlive }, limits: { pingLeadMs } })
      expect(client.deadline).toBe(at(after))
    },
  )
})

describe('a client that says something', () => {
  it.each([
    ['a message', (client) => client.publish(message(), at(4000), new Output())],
    ['a SUBSCRIBE', (client) => client.unsubscribe(['a'], at(4000))],
  ] as const satisfies readonly Saying[])('such as %s need not send PINGREQ yet', (_, say) => {
    const client = letIn({ fields: { keepAlive: 10 } })
    say(client)
    client.receive({ type: 'pingresp' }, at(5000))
    expect(client.deadline).toBe(at(seconds(14)))
  })

  it('only in acknowledgements asks all the same, which may be more than it must', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    const output = new Output()
    for (const packet of [frame({ qos: 1, packetId: 1 }), frame()]) {
      client.receivePublish(packet, at(9000), output)
      client.settle(packet, 0, output)
    }
    expect(client.deadline).toBe(at(seconds(10)))
  })

  it('and hears nothing asks all the same, lest the link be dead', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    client.publish(message(), at(9000), new Output())
    expect(client.timeout(at(seconds(10)))).toEqual([PINGREQ])
    client.receive({ type: 'pingresp' }, at(seconds(11)))
    expect(client.deadline).toBe(at(seconds(20)))
  })

  it('and hears anything need not', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    client.publish(message(), at(9000), new Output())
    client.receiveAcknowledgement(ack('puback', 1), at(8000), new Output())
    expect(client.deadline).toBe(at(seconds(18)))
    client.receivePublish(frame(), at(9000), new Output())
    expect(client.deadline).toBe(at(seconds(19)))
  })

  it('and could not, says nothing', () => {
    const client = letIn({ fields: { keepAlive: 10 }, terms: { receiveMaximum: 1 } })
    client.publish(message({ qos: 1 }), at(1000), new Output())
    client.publish(message({ qos: 1 }), at(2000), new Output())
    client.receive({ type: 'pingresp' }, at(3000))
    expect(client.deadline).toBe(at(seconds(11)))
  })
})

describe('a PINGREQ', () => {
  it('without PINGRESP ends the connection', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    client.timeout(at(seconds(10)))
    expect(client.deadline).toBe(at(seconds(15)))
    expect(client.timeout(at(seconds(15)))).toEqual([
      {
        type: 'close',
        origin: 'loss',
        reasonCode: 0x8d,
        name: 'Keep Alive timeout',
        cause: 'No PINGRESP came in time',
        discarded: [],
      },
    ])
  })

  it('with PINGRESP is followed by the next in time', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    client.timeout(at(seconds(10)))
    expect(client.receive({ type: 'pingresp' }, at(seconds(12)))).toEqual([])
    expect(client.deadline).toBe(at(seconds(20)))
    expect(client.timeout(at(seconds(20)))).toEqual([PINGREQ])
  })

  it('may wait behind what the transport takes, for as long as it takes any', () => {
    const client = letIn({ fields: { keepAlive: 10 } })
    client.taken(at(seconds(9)))
    client.timeout(at(seconds(10)))
    client.taken(at(seconds(14)))
    expect(client.deadline).toBe(at(seconds(19)))
    expect(client.timeout(at(seconds(15)))).toEqual([])
    expect(client.timeout(at(seconds(19)))).toMatchObject([{ type: 'close', reasonCode: 0x8d }])
    client.taken(at(seconds(20)))
    expect(client.deadline).toBe(Infinity)
  })

  it('is followed by others while the answer to the first is awaited', () => {
    const client = letIn({ fields: { keepAlive: 2 } })
    expect(client.timeout(at(seconds(2)))).toEqual([PINGREQ])
    expect(client.timeout(at(seconds(4)))).toEqual([PINGREQ])
    expect(client.timeout(at(seconds(6)))).toEqual([PINGREQ])
    expect(client.deadline).toBe(at(seconds(7)))
    expect(client.timeout(at(seconds(7)))).toMatchObject([{ type: 'close', reasonCode: 0x8d }])
  })
})

type Saying = readonly [string, (client: ReturnType<typeof letIn>) => unknown]
