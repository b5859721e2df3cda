// The client, where things go wrong.

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { AdminClient } from '../src/index.ts'
import { openWorld, READ_TOKEN } from './world.ts'

describe('the client says', () => {
  it('what to configure where nobody listens', async () => {
    const world = await openWorld()
    await world[Symbol.asyncDispose]()
    await expect(world.admin.status()).rejects.toMatchObject({
      code: 'unreachable',
      message:
        `No admin API can be reached at ${world.url} (connect ECONNREFUSED ` +
        `${world.url.slice('http://'.length)}): it is off unless the broker's configuration has ` +
        'admin.url, and that is the address to ask at',
    })
  })

  it('whether there is no token, or a wrong one', async () => {
    await using world = await openWorld()
    const { url } = world
    await expect(new AdminClient({ url }).status()).rejects.toThrow(
      `${url} wants a token, and none was given`,
    )
    await expect(new AdminClient({ url, token: 'wrong' }).status()).rejects.toThrow(
      `${url} does not know the token: is it in the broker's admin.tokenFile or admin.tokens?`,
    )
  })

  it('that a token may only look', async () => {
    await using world = await openWorld()
    await expect(world.reader.deleteSession('c')).rejects.toMatchObject({
      code: 'forbidden',
      message: 'The token grafana may only look: use one with the scope write',
    })
  })

  it('that what answers is something else', async () => {
    await using other = await serving((_request, response) => response.end('<html>'))
    await expect(new AdminClient(other).status()).rejects.toMatchObject({
      code: 'not-an-admin-api',
      message: `What answers at ${other.url} is no admin API of Godwit (status 200)`,
    })
  })

  it('that no answer came in time', async () => {
    await using other = await serving(() => {})
    const client = new AdminClient({ ...other, timeoutMs: 20 })
    await expect(client.status()).rejects.toMatchObject({
      code: 'timeout',
      message: `${other.url} did not answer within 20 ms`,
    })
  })

  it('that a URL is none', () => {
    expect(() => new AdminClient({ url: 'mqtt://localhost' })).toThrow('one of http or https')
    expect(() => new AdminClient({ url: '' })).toThrow('one of http or https')
  })
})

describe('the client', () => {
  it('rejects with the reason of its signal', async () => {
    await using other = await serving(() => {})
    const reason = new Error('enough')
    const controller = new AbortController()
    const asked = new AdminClient(other).status({ signal: controller.signal })
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })

  it('takes its token nowhere else', async () => {
    const shown: (string | undefined)[] = []
    await using elsewhere = await serving((request, response) => {
      shown.push(request.headers.authorization)
      response.end('{}')
    })
    await using redirecting = await serving((_request, response) => {
      response.writeHead(307, { Location: elsewhere.url }).end()
    })
    const client = new AdminClient({ ...redirecting, token: READ_TOKEN })
    await expect(client.status()).rejects.toMatchObject({ code: 'unreachable' })
    expect(shown).toEqual([])
  })

  it('asks below the path of its URL, where a proxy has put the API', async () => {
    const asked: (string | undefined)[] = []
    await using proxy = await serving((request, response) => {
      asked.push(request.url)
      response.end('{}')
    })
    await new AdminClient({ url: `${proxy.url}/broker/` }).client('a/b')
    expect(asked).toEqual(['/broker/api/v1/client?clientId=a%2Fb'])
  })
})

async function serving(
  handler: RequestListener,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
