// Problem Information (§3.1.2.11.7): who declines it is told codes alone, but for the last packet.

import { expect, it } from 'vitest'
import { connect, openWorld, publish, subscribe } from './peer.ts'

it('is left out where the client wants none [MQTT-3.1.2-29]', async () => {
  const { dial, broker } = await openWorld({ guards: { authorize: () => false } })
  const peer = dial()
  peer.send(connect({ properties: { requestProblemInformation: 0 } }))
  peer.take()
  peer.send(
    subscribe('a'),
    publish('a', '', { qos: 1, packetId: 1 }),
    publish('a', '', { qos: 2, packetId: 2 }),
    { type: 'unsubscribe', packetId: 3, filters: ['a'] },
  )
  expect(peer.take()).toEqual([
    { type: 'suback', packetId: 1, reasonCodes: [0x87] },
    { type: 'puback', packetId: 1, reasonCode: 0x87 },
    { type: 'pubrec', packetId: 2, reasonCode: 0x87 },
    { type: 'unsuback', packetId: 3, reasonCodes: [0x11] },
  ])
  broker.disconnect('c', { reasonCode: 0x98, cause: 'Enough' })
  expect(peer.take()).toMatchObject([{ properties: { reasonString: 'Enough' } }])
})
