// Options that make no sense are refused at once, and not found out by waiting.

import { expect, it } from 'vitest'
import { open } from '../src/index.ts'
import type { ConnectOptions } from '../src/options.ts'
import { CoreWorld } from './core-world.ts'

it.each<[ConnectOptions, string]>([
  [{ limits: { inFlightMax: 0 } }, 'inFlightMax is a whole number from 1 on, got 0'],
  [{ limits: { receiveMaximum: 0 } }, 'receiveMaximum is a whole number from 1 on, got 0'],
  [{ limits: { topicAliasMaximum: -1 } }, 'topicAliasMaximum is a whole number from 0 on'],
  [{ sessionExpirySeconds: -1 }, 'got -1'],
  [{ sessionExpirySeconds: Number.NaN }, 'got NaN'],
  [{ sessionExpirySeconds: Infinity }, 'got Infinity'],
])('refuses %o', (options, message) => {
  expect(() => open('ws://host', options)).toThrow(message)
})

it('refuses `tls` where it would be ignored', () => {
  const options = { tls: { ca: 'one' } }
  expect(() => open('wss://host', options)).toThrow('`tls` is for mqtts:, and wss:')
})

it('opens no connection for a CONNECT that cannot be put together', async () => {
  const world = new CoreWorld()
  const { error } = await world.connect({ will: null as never })
  expect(error).toMatchObject({ code: 'connection-failed' })
  expect(world.server.dialed).toEqual([])
  expect(world.clock.waiting).toBe(0)
})

it('shows no query of the URL, which may hold a token', async () => {
  const world = new CoreWorld()
  world.server.refuseDials()
  const { error } = await world.connect({}, 'wss://host/mqtt?token=secret')
  expect(String(error)).toContain('wss://host/mqtt failed')
  expect(String(error)).not.toContain('secret')
})
