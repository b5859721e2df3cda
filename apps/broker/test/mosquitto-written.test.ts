/** Files that a Mosquitto really writes, as it is installed here. */
import { describe, expect, it, vi } from 'vitest'
import { readMosquittoDb } from '../src/mosquitto/read-mosquitto-db.ts'
import { absence, demand, skips } from './interop/peer.ts'
import { wholeMosquitto, writtenAfter } from './mosquitto-broker.ts'
import { converse, OUTLINE, outlineOf } from './mosquitto-conversation.ts'
import { connectPacket, RawClient } from './raw-client.ts'

vi.setConfig({ testTimeout: 60_000 })

describe.skipIf(skips(wholeMosquitto))(`a file of Mosquitto${absence(wholeMosquitto)}`, () => {
  it('says what was said to Mosquitto, and when it ends', async () => {
    demand(wholeMosquitto)
    const from = Date.now()
    const state = readMosquittoDb(await writtenAfter(converse))
    const to = Date.now()
    expect(outlineOf(state)).toEqual(OUTLINE)
    const session = state.sessions.find(({ clientId }) => clientId === 'five')
    expect(session?.expiresAt).toBeGreaterThan(from + 3_600_000 - 2_000)
    expect(session?.expiresAt).toBeLessThan(to + 3_600_000 + 2_000)
    const [retained] = state.retained.filter(({ topic }) => topic === 'plant/1/state')
    expect(retained?.expiresAt).toBeGreaterThan(from + 100_000_000 - 2_000)
    expect(retained?.expiresAt).toBeLessThan(to + 100_000_000 + 2_000)
  })

  it('tells User Names, or that they are in doubt', async () => {
    demand(wholeMosquitto)
    const bytes = await writtenAfter(async (port) => {
      await connected(port, 'named', 'alice')
      await connected(port, 'second')
      await connected(port, 'third')
      await connected(port, 'other', 'bob')
    })
    const { sessions, usernamesUntold } = readMosquittoDb(bytes)
    const names = sessions.map(({ clientId, username }) => [clientId, username])
    // That of the third depends on the version: 2.0.11 gives it that of the first.
    const third = usernamesUntold === 0 ? undefined : 'alice'
    expect(names).toEqual([
      ['named', 'alice'],
      ['second', undefined],
      ['third', third],
      ['other', 'bob'],
    ])
  })

  it('is empty of sessions and messages where nobody came', async () => {
    demand(wholeMosquitto)
    const state = readMosquittoDb(await writtenAfter(async () => {}))
    expect(state).toEqual({
      version: 6,
      sessions: [],
      retained: [],
      messages: new Map(),
      usernamesUntold: 0,
      skipped: [],
    })
  })
})

async function connected(port: number, clientId: string, username?: string): Promise<void> {
  const name = username === undefined ? {} : { username }
  using client = await RawClient.open(port, 4)
  client.send(connectPacket({ version: 4, clientId, cleanStart: false, ...name }))
  await client.packet('connack')
}
