/** Our client with mosquitto's broker, over lines that are cut at any byte. */
import * as fc from 'fast-check'
import { once } from 'node:events'
import { connect as connectSocket, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { open } from '@godwit/client'
import type { Client, MessageStream } from '@godwit/client'
import { MISSING_BROKER, startMosquitto } from './mosquitto-broker.ts'
import { absence, skips } from './peer-program.ts'

const skipped = skips(MISSING_BROKER)
const missing = absence(MISSING_BROKER)

const MESSAGES = 60
const PATIENCE_MS = 30_000

/** After how many bytes each connection is cut, one after the other; the next one lasts. */
const cuts = fc.array(fc.integer({ min: 1, max: 2500 }), { minLength: 1, maxLength: 8 })

describe.each([5, 4] as const)('with mosquitto, in version %i,', (version) => {
  it.skipIf(skipped)(
    `nothing accepted is lost, order is kept, and QoS 2 comes once${missing}`,
    async () => {
      await using broker = await startMosquitto()
      let worlds = 0
      await fc.assert(
        fc.asyncProperty(cuts, cuts, async (forPublisher, forSubscriber) => {
          const name = `w${++worlds}`
          await using there = await cutLine(broker.port, forPublisher)
          await using here = await cutLine(broker.port, forSubscriber)
          await using publisher = lasting(there.url, `${name}-publisher`)
          await using subscriber = lasting(here.url, `${name}-subscriber`)
          const stream = await subscriber.subscribe(`${name}/#`, { qos: 2 })
          const publishing = Array.from({ length: MESSAGES }, (_, index) =>
            publisher.publish(`${name}/t`, String(index), { qos: index % 2 === 0 ? 1 : 2 }),
          )
          const received = await readAll(stream)
          await Promise.all(publishing)
          expect(received.filter(isOdd)).toEqual(numbers.filter(isOdd))
          const once = received.filter((each, at) => !isOdd(each) && received.indexOf(each) === at)
          expect(once).toEqual(numbers.filter((each) => !isOdd(each)))
        }),
        { numRuns: 8 },
      )
    },
    8 * PATIENCE_MS,
  )

  /** A client with a session that outlives its connections, and comes back at once. */
  function lasting(url: string, clientId: string): Client {
    return open(url, {
      clientId,
      cleanStart: false,
      versions: [version],
      reconnect: { baseMs: 1, capMs: 10 },
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
  }
})

const numbers = Array.from({ length: MESSAGES }, (_, index) => index)

function isOdd(number: number): boolean {
  return number % 2 === 1
}

/** What comes until everything has come. */
async function readAll(stream: MessageStream): Promise<number[]> {
  const received: number[] = []
  for await (const message of stream) {
    received.push(Number(message.text()))
    if (new Set(received).size === MESSAGES) break
  }
  return received
}

interface CutLine extends AsyncDisposable {
  readonly url: string
}

/** A way to a port on which connections are cut. */
async function cutLine(port: number, lengths: readonly number[]): Promise<CutLine> {
  const left = [...lengths]
  const server = createServer((near) => {
    const far = connectSocket(port, '127.0.0.1')
    let bytesLeft = left.shift() ?? Infinity
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        to.write(chunk.subarray(0, Math.max(0, bytesLeft)))
        bytesLeft -= chunk.length
        if (bytesLeft <= 0) for (const socket of [near, far]) socket.destroySoon()
      })
      from.on('error', () => {})
      from.on('close', () => to.destroySoon())
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port: own } = server.address() as AddressInfo
  return {
    url: `mqtt://127.0.0.1:${own}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}
