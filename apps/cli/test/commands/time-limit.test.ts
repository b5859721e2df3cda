/** `--timeout` counts from the start: a server that says nothing holds nobody up. */
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { run } from '../program/godwit.ts'

vi.setConfig({ testTimeout: 30_000 })

const sockets = new Set<Socket>()
const mute = createServer((socket) => {
  sockets.add(socket.on('error', () => {}))
})
beforeAll(async () => {
  await once(mute.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  for (const socket of sockets) socket.destroy()
  mute.close()
})

describe('a server that accepts a connection and says nothing', () => {
  it.each([
    [['sub', 'a'], 'godwit sub: Time is up after 0.2 s\n'],
    [['pub', 'a', 'b'], 'godwit pub: The message was not taken within 0.2 s\n'],
    [['request', 'a', 'b'], 'godwit request: No answer came within 0.2 s\n'],
  ])('is left by %j when time is up', async (words, stderr) => {
    const { port } = mute.address() as AddressInfo
    const began = performance.now()
    const outcome = await run(...words, '-h', '127.0.0.1', '-p', String(port), '-W', '0.2')
    expect(outcome).toEqual({ code: 27, signal: null, stdout: '', stderr })
    // Connecting alone may take ten seconds.
    expect(performance.now() - began).toBeLessThan(8000)
  })
})
