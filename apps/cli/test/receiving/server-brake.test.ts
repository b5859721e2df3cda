/** The brake: a server is not read from while the output is slow. */
import type { Dial } from '@godwit/client'
import { memoryPair, VirtualClock } from '@godwit/transport/testing'
import type { Transport } from '@godwit/transport'
import { expect, it } from 'vitest'
import { deferred } from '../../src/deferred.ts'
import { ServerBrake } from '../../src/receiving/server-brake.ts'

/** Connections whose other end is at hand. */
function connections() {
  const clock = new VirtualClock()
  const servers: Transport[] = []
  const dial: Dial = async () => {
    const [client, server] = memoryPair(clock)
    servers.push(server)
    return client
  }
  return { clock, servers, dial }
}

const URL_OF_NOBODY = new URL('mqtt://localhost')
const { signal } = new AbortController()

it('stops to read while somebody waits, and goes on when nobody does', async () => {
  const { clock, servers, dial } = connections()
  const brake = new ServerBrake()
  const client = await brake.dial(dial)(URL_OF_NOBODY, { signal })
  const read: string[] = []
  client.onData = (chunk) => void read.push(Buffer.from(chunk).toString())
  const [first, second] = [deferred<void>(), deferred<void>()]
  const waiting = [brake.until(first.promise), brake.until(second.promise)]
  servers[0]?.write([Buffer.from('a')])
  clock.advance(1_000)
  first.resolve()
  await waiting[0]
  clock.advance(1_000)
  expect(read).toEqual([])
  second.resolve()
  await waiting[1]
  clock.advance(1_000)
  expect(read).toEqual(['a'])
})

it('holds back a connection that is made meanwhile', async () => {
  const { clock, servers, dial } = connections()
  const brake = new ServerBrake()
  await brake.dial(dial)(URL_OF_NOBODY, { signal })
  const ready = deferred<void>()
  const waiting = brake.until(ready.promise)
  const again = await brake.dial(dial)(URL_OF_NOBODY, { signal })
  const read: string[] = []
  again.onData = (chunk) => void read.push(Buffer.from(chunk).toString())
  servers[1]?.write([Buffer.from('b')])
  clock.advance(1_000)
  expect(read).toEqual([])
  ready.resolve()
  await waiting
  clock.advance(1_000)
  expect(read).toEqual(['b'])
})
