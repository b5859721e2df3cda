/** A service that is asked about rights, behind the rules and before what holds otherwise. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { expect, it, vi } from 'vitest'
import { publishPacket, RawClient } from '../raw-client.ts'
import { godwit } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

vi.setConfig({ testTimeout: 30_000 })

it.each(['deny', 'allow'] as const)(
  'a service decides about what no rule says anything of; otherwise it is %s',
  async (otherwise) => {
    const asked: string[] = []
    await using service = await openService(asked)
    await using directory = await temporaryDirectory()
    const http = { url: service.url, cacheSeconds: '1 h' }
    const own = [{ deny: ['publish'], topics: ['ruled'] }]
    const listeners = [{ url: 'mqtt://127.0.0.1:0' }]
    const authorization = { rules: own, http, otherwise }
    const configuration = { listeners, authorization, durability: 'memory' }
    await writeFile(directory.at('b.json'), JSON.stringify(configuration))
    await using program = godwit('--config', directory.at('b.json'))
    const [, port] = await program.printed(/^listening mqtt:\/\/127\.0\.0\.1:(\d+)$/m)
    using client = await RawClient.connected(Number(port), { clientId: 'lamp' })
    const topics = ['ruled', 'yes', 'no', 'unknown', 'failing', 'yes']
    for (const [at, topic] of topics.entries()) {
      client.send(publishPacket(topic, Buffer.from('x'), { qos: 1, packetId: at + 1 }))
      await client.until(() => codesOf(client).length > at)
    }
    const last = otherwise === 'allow' ? ALLOWED : DENIED
    expect(codesOf(client)).toEqual([DENIED, ALLOWED, DENIED, last, DENIED, ALLOWED])
    expect(asked).toEqual(['yes', 'no', 'unknown', 'failing'])
    await program.printed(/denied, for the service did not answer/, 'stderr')
  },
)

const ALLOWED = 0x10
const DENIED = 0x87

function codesOf(client: RawClient): readonly number[] {
  return client.received.flatMap((packet) => (packet.type === 'puback' ? [packet.reasonCode] : []))
}

async function openService(asked: string[]): Promise<AsyncDisposable & { readonly url: string }> {
  const server: Server = createServer((request, response) => {
    void answer(request, response, asked)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  asked: string[],
): Promise<void> {
  const { topic } = JSON.parse(await text(request)) as { readonly topic: string }
  asked.push(topic)
  const said = { yes: { allow: true }, no: { allow: false }, unknown: { ignore: true } }
  const found = new Map<string, object>(Object.entries(said)).get(topic)
  response.writeHead(found === undefined ? 500 : 200).end(JSON.stringify(found))
}
