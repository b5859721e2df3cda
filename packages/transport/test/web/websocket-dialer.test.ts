// Opening a WebSocket, as far as it goes without a network. The network is in apps/broker/test.

import { expect, it, onTestFinished, vi } from 'vitest'
import { dialWebSocket, type DialWebSocketOptions } from '../../src/web/index.ts'
import { FakeWebSocket } from './fake-websocket.ts'

const URL_WITH_SECRET = new URL('wss://broker.test:8443/mqtt?token=secret')

it('offers the subprotocol mqtt, asks for bytes, and resolves when it is open [MQTT-6.0.0-3]', async () => {
  const { webSocket, dialled } = dialling()
  expect(webSocket.url).toBe('wss://broker.test:8443/mqtt?token=secret')
  expect(webSocket.protocols).toEqual(['mqtt'])
  expect(webSocket.binaryType).toBe('arraybuffer')
  webSocket.opened()
  expect((await dialled).remoteAddress).toBe('broker.test')
})

it('offers other subprotocols when it is told to', () => {
  const { webSocket } = dialling({ protocols: ['mqtt', 'mqttv3.1'] })
  expect(webSocket.protocols).toEqual(['mqtt', 'mqttv3.1'])
})

it("makes the platform's own WebSocket if it is given none", async () => {
  vi.stubGlobal('WebSocket', FakeWebSocket)
  onTestFinished(() => void vi.unstubAllGlobals())
  const abandoned = dialWebSocket(URL_WITH_SECRET, { signal: AbortSignal.abort(new Error('no')) })
  await expect(abandoned).rejects.toThrow('no')
  const made = vi.fn<(webSocket: FakeWebSocket) => void>()
  class Noted extends FakeWebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      made(this)
    }
  }
  vi.stubGlobal('WebSocket', Noted)
  const dialled = dialWebSocket(URL_WITH_SECRET)
  made.mock.calls[0]?.[0].opened()
  expect((await dialled).remoteAddress).toBe('broker.test')
})

it('says what the platform told about a failure, without the secrets of the URL', async () => {
  const { webSocket, dialled } = dialling()
  const cause = new Error('Received network error or non-101 status code.')
  webSocket.failed({ error: cause })
  webSocket.closed({ code: 1006, wasClean: false })
  await expect(dialled).rejects.toMatchObject({
    message:
      'Cannot connect to wss://broker.test:8443/mqtt: ' +
      'Received network error or non-101 status code.',
    cause,
  })
})

it('says that a platform says nothing', async () => {
  const { webSocket, dialled } = dialling()
  webSocket.closed({ code: 1006, wasClean: false })
  await expect(dialled).rejects.toThrow(
    'Cannot connect to wss://broker.test:8443/mqtt: the platform does not say why; the console ' +
      'of a browser may',
  )
})

it('gives a URL that the platform refuses its own sentence', async () => {
  const refused = dialWebSocket(new URL('ws://broker.test/mqtt'), {
    WebSocket: class extends FakeWebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        throw new DOMException('An insecure WebSocket from a secure page', 'SecurityError')
      }
    },
  })
  await expect(refused).rejects.toThrow(
    'Cannot connect to ws://broker.test/mqtt: An insecure WebSocket from a secure page',
  )
})

it('gives up when the signal aborts, with its reason, and closes the WebSocket', async () => {
  const controller = new AbortController()
  const { webSocket, dialled } = dialling({ signal: controller.signal })
  const reason = new Error('took too long')
  controller.abort(reason)
  webSocket.failed()
  webSocket.closed({ code: 1006, wasClean: false })
  await expect(dialled).rejects.toBe(reason)
  expect(webSocket.closes).toEqual([[]])
})

it('has no use for the signal once it is connected', async () => {
  const controller = new AbortController()
  const { webSocket, dialled } = dialling({ signal: controller.signal })
  webSocket.opened()
  await dialled
  controller.abort()
  expect(webSocket.closes).toEqual([])
})

function dialling(options: DialWebSocketOptions = {}) {
  const made: FakeWebSocket[] = []
  class Noted extends FakeWebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols)
      made.push(this)
    }
  }
  const dialled = dialWebSocket(URL_WITH_SECRET, { WebSocket: Noted, ...options })
  return { webSocket: made[0]!, dialled }
}
