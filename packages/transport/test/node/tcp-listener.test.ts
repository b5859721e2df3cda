// Listening and dialling over TCP, on free ports of the loopback address.

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { dialTcp, peerAddress, ServerBinding, TcpListener } from '../../src/node/index.ts'
import { listening, portOf, textOf } from './sockets.ts'

it('says that a port is in use, and keeps the error of the system', async () => {
  const { url } = await listening()
  const second = new TcpListener({ host: '127.0.0.1', port: portOf(url) })
  const error = await second.listen(() => {}).catch((error: unknown) => error)
  expect(error).toMatchObject({
    message: `Port ${portOf(url)} at 127.0.0.1 is in use: stop what uses it or choose another port`,
    cause: { code: 'EADDRINUSE' },
  })
})

it('says what is wrong with an address that cannot be used', async () => {
  const foreign = new TcpListener({ host: '192.0.2.1', port: 0 })
  await expect(foreign.listen(() => {})).rejects.toThrow('is not an address of this machine')
  const odd = new TcpListener({ host: '127.0.0.1', port: 70_000 })
  await expect(odd.listen(() => {})).rejects.toThrow('Cannot listen at 127.0.0.1, port 70000')
})

it('listens once at a time, and again after close', async () => {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
  const { url } = await listener.listen(() => {})
  await expect(listener.listen(() => {})).rejects.toThrow('already listens')
  await listener.close()
  await listener.close()
  const again = new TcpListener({ host: '127.0.0.1', port: portOf(url) })
  expect(await again.listen(() => {})).toEqual({ url })
  await again.close()
})

it('gives up opening when it is closed meanwhile', async () => {
  const listener = new TcpListener({ host: '127.0.0.1', port: 0 })
  const opening = listener.listen(() => {})
  await Promise.all([
    expect(opening).rejects.toThrow('was closed while it opened'),
    listener.close(),
  ])
})

it('leaves open connections open when it stops to accept', async () => {
  const { listener, url, accepted } = await listening()
  const peer = connect({ host: '127.0.0.1', port: portOf(url) })
  onTestFinished(() => void peer.destroy())
  const server = await accepted
  await listener.close()
  const refused = dialTcp({ host: '127.0.0.1', port: portOf(url) })
  await expect(refused).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  server.onData = (chunk) => server.write([chunk])
  peer.write('still here')
  const [chunk] = (await once(peer, 'data')) as [Buffer]
  expect(textOf(chunk)).toBe('still here')
})

it('gives up dialling when the signal aborts, with its reason', async () => {
  const { url } = await listening()
  const where = { host: '127.0.0.1', port: portOf(url) }
  const reason = new Error('changed my mind')
  await expect(dialTcp({ ...where, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const controller = new AbortController()
  const dialled = dialTcp({ ...where, signal: controller.signal })
  controller.abort('not an error')
  await expect(dialled).rejects.toMatchObject({
    message: 'Connecting was aborted',
    cause: 'not an error',
  })
})

it('spells an IPv4 address in one way', () => {
  expect(peerAddress({ remoteAddress: '::ffff:192.0.2.7' })).toBe('192.0.2.7')
  expect(peerAddress({ remoteAddress: '2001:db8::7' })).toBe('2001:db8::7')
  expect(peerAddress({})).toBe('unknown')
})

it('tells the owner when accepting fails, and goes on', async () => {
  const errors: Error[] = []
  const binding = new ServerBinding()
  const server = createServer()
  await binding.open(server, { host: '127.0.0.1', port: 0, onError: (error) => errors.push(error) })
  const failure = new Error('accept EMFILE')
  server.emit('error', failure)
  expect(errors).toEqual([failure])
  expect(server.listening).toBe(true)
  await binding.close()
})
