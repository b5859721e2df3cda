// A server that sends its clients round in circles: they are patient, and do not hammer.

import { describe, expect, it } from 'vitest'
import { HostileWorld, rejectionsAreHandled } from './hostile-world.ts'
import { disconnect, publish } from './server-packets.ts'

/** Attempts in an hour: waits of 30 s on average come to 120, and the first few are shorter. */
const PATIENT = 140

describe('an hour with a server', () => {
  rejectionsAreHandled()

  it('that refuses every dial', async () => {
    const world = await HostileWorld.begin()
    world.server.refuseDials()
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(PATIENT)
    expect(world.failures.at(-1)).toMatchObject({ code: 'connection-failed', remedy: 'retry' })
    world.server.acceptDials()
    expect(await world.recovery()).toBe('recovered')
  })

  it('that accepts and closes at once', async () => {
    const world = await HostileWorld.begin({}, { silent: ['connect'] })
    world.server.answer('connect', (_, connection) => {
      connection.close()
      return undefined
    })
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(PATIENT)
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('that lets in and closes at once', async () => {
    const world = await HostileWorld.begin()
    world.server.answer('connect', (_, connection) => {
      connection.sendBytes('20 03 00 00 00')
      connection.close()
      return undefined
    })
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(PATIENT)
    expect(world.client.statistics.connections).toBeGreaterThan(50)
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('that lets in and breaks the rules at once', async () => {
    const world = await HostileWorld.begin()
    world.server.answer('connect', (_, connection) => {
      connection.sendBytes('20 03 00 00 00 f0 00')
      return undefined
    })
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(PATIENT)
    expect(world.failures.at(-1)).toMatchObject({ code: 'violation' })
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('that disconnects whoever publishes', async () => {
    const world = await HostileWorld.begin()
    world.server.answer('publish', () => disconnect(0x83))
    const published = world.client.publish('a', '1', { qos: 1 })
    expect(await attemptsInAnHour(world)).toBeLessThan(PATIENT)
    world.server.befriend('publish')
    expect(await world.recovery()).toBe('recovered')
    expect(await published).toBe(0)
  })

  it('that refers to itself', async () => {
    const properties = { serverReference: 'server' }
    const connack = { reasonCode: 0x9c, properties } as const
    const world = await HostileWorld.begin({ followServerReference: true })
    world.server.connack = connack
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(6 * PATIENT)
    expect(world.failures.at(-1)).toMatchObject({ reasonCode: 0x9c, remedy: 'follow-server' })
    world.server.connack = {}
    expect(await world.recovery()).toBe('recovered')
  })

  it('that refers to another, which refers back', async () => {
    const world = await HostileWorld.begin({ followServerReference: true })
    world.server.answer('connect', (_, { url }) => ({
      type: 'connack',
      sessionPresent: false,
      reasonCode: 0x9d,
      properties: { serverReference: url.hostname === 'one' ? 'two' : 'one' },
    }))
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(6 * PATIENT)
    expect(new Set(world.server.dialed.slice(-4)).size).toBe(2)
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })

  it('that names a new server each time, and many at once', async () => {
    let named = 0
    const world = await HostileWorld.begin({ followServerReference: true })
    world.server.answer('connect', () => ({
      type: 'connack',
      sessionPresent: false,
      reasonCode: 0x9c,
      properties: {
        serverReference: Array.from({ length: 10 }, () => `server-${named++}`).join(' '),
      },
    }))
    world.server.cut()
    expect(await attemptsInAnHour(world)).toBeLessThan(20 * PATIENT)
    world.server.befriend('connect')
    expect(await world.recovery()).toBe('recovered')
  })
})

describe('a reference to another server', () => {
  rejectionsAreHandled()

  it.each([
    '',
    ' ',
    '/',
    ':1883',
    'host:99999',
    'host:port',
    'user:password@host',
    'http://host',
    'file:///etc/passwd',
    '../..',
    'host/path',
    'host?query',
    'host#hash',
    '[::1',
    'a\\b',
    'two  spaces:x',
    '%',
    'x'.repeat(65_535),
  ])('that is none is not followed: %j', async (serverReference) => {
    const world = await HostileWorld.begin({ followServerReference: true })
    world.server.send(disconnect(0x9c, { serverReference }))
    await world.pass(60_000)
    const strange = world.server.dialed.filter((url) => url !== 'mqtt://server')
    for (const url of strange) expect(url).toMatch(/^mqtt:\/\/[^/@?#]+$/)
    const isClosed = world.client.status.state === 'closed'
    expect(await (isClosed ? world.ending() : world.recovery())).toMatch(/^(recovered|closed)$/)
  })

  it('is not followed by a client that was not asked to', async () => {
    const world = await HostileWorld.begin()
    world.server.send(disconnect(0x9d, { serverReference: 'elsewhere' }))
    await world.pass(60_000)
    expect(world.server.dialed).not.toContain('mqtt://elsewhere')
    expect(world.failures[0]).toMatchObject({ serverReference: 'elsewhere' })
    expect(await world.ending()).toBe('closed')
  })

  it('in a flood of messages changes nothing', async () => {
    const world = await HostileWorld.begin({ followServerReference: true })
    world.server.send(...Array.from({ length: 1000 }, () => publish('a')))
    world.server.send(disconnect(0x9c, { serverReference: 'other:1884' }))
    await world.pass(1000)
    expect(world.server.dialed).toEqual(['mqtt://server', 'mqtt://other:1884'])
    expect(await world.recovery()).toBe('recovered')
  })
})

/** How often it dials while an hour passes. */
async function attemptsInAnHour(world: HostileWorld): Promise<number> {
  const before = world.server.dialed.length
  await world.pass(3_600_000)
  return world.server.dialed.length - before
}
