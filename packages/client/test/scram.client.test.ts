// SCRAM-SHA-256 in a client: over CONNECT, AUTH and CONNACK, and again later (§4.12).

import type { AuthPacket, Packet, PropertiesOf } from '@godwit/codec'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { scramSha256 } from '../src/scram.ts'
import { HostileWorld, rejectionsAreHandled, settledNow } from './hostile-world.ts'
import { ScramServer } from './scram-server.ts'
import { connack } from './server-packets.ts'

const USER = { username: 'user', password: 'pencil' }
const METHOD = { authenticationMethod: 'SCRAM-SHA-256' }

describe('a client with SCRAM', () => {
  rejectionsAreHandled()

  it('is let in by a server that has proved itself, and may authenticate again', async () => {
    const world = await authenticating()
    expect(world.client.status.state).toBe('connected')
    expect(world.server.latest.connect?.properties).toMatchObject(METHOD)
    const renewed = world.client.reauthenticate()
    await world.clock.settled()
    expect(await settledNow(renewed)).toBeUndefined()
    expect(world.server.received('auth').map(({ reasonCode }) => reasonCode)).toEqual([
      0x18, 0x19, 0x18,
    ])
    expect(await world.ending()).toBe('closed')
  })

  it('does not enter the house of a server that has not', async () => {
    const world = await authenticating({ password: 'guessed' })
    expect(world.failures).toMatchObject([{ code: 'authentication-failed' }])
    expect(world.failures[0]?.message).toContain('SCRAM')
    expect(world.client.statistics.connections).toBe(0)
    expect(await world.ending()).toBe('closed')
  })

  it('leaves a server that cannot prove itself again', async () => {
    const world = await authenticating()
    lie(world)
    const renewed = world.client.reauthenticate().catch((error: unknown) => error)
    await world.clock.settled()
    expect(await settledNow(renewed)).toMatchObject({ code: 'authentication-failed' })
    expect(world.client.status.state).not.toBe('connected')
    expect(await world.ending()).toBe('closed')
  })
})

/** A client and a server that knows the user, and says what it can of the password. */
async function authenticating(account: { password?: string } = {}): Promise<HostileWorld> {
  const world = await HostileWorld.begin(
    { authentication: scramSha256({ ...USER, crypto: PROMPT_CRYPTO }) },
    { silent: ['connect'] },
  )
  let scram = new ScramServer(USER)
  const begin = (properties: Authenticating | undefined): Packet => {
    scram = new ScramServer(USER)
    return challenge(scram.challenge(properties!.authenticationData!))
  }
  const conclude = ({ properties }: AuthPacket): typeof METHOD & Authenticating => {
    const verdict = scram.conclude(properties!.authenticationData!)
    const isHonest = account.password === undefined
    return { ...METHOD, authenticationData: isHonest ? verdict : impostor(verdict) }
  }
  let isIn = false
  world.server.answer('auth', (packet) => {
    if (packet.reasonCode === 0x19) return begin(packet.properties)
    const properties = conclude(packet)
    if (isIn) return { type: 'auth', reasonCode: 0, properties }
    isIn = true
    return connack({ properties })
  })
  world.server.send(begin(world.server.latest.connect?.properties))
  await world.clock.settled()
  return world
}

/** From now on its last word is wrong. */
function lie({ server }: HostileWorld): void {
  const scram = new ScramServer(USER)
  server.answer('auth', ({ reasonCode, properties }) => {
    const data = properties!.authenticationData!
    if (reasonCode === 0x19) return challenge(scram.challenge(data))
    const authenticationData = impostor(scram.conclude(data))
    return { type: 'auth', reasonCode: 0, properties: { ...METHOD, authenticationData } }
  })
}

function challenge(authenticationData: Uint8Array): Packet {
  return { type: 'auth', reasonCode: 0x18, properties: { ...METHOD, authenticationData } }
}

function impostor(verdict: Uint8Array): Uint8Array {
  const text = Buffer.from(verdict).toString()
  return Buffer.from(text.startsWith('v=A') ? `v=B${text.slice(3)}` : `v=A${text.slice(3)}`)
}

type Authenticating = Pick<PropertiesOf<'auth'>, 'authenticationData'>

interface Derivation {
  readonly salt: Uint8Array
  readonly iterations: number
}

/** The host's cryptography works on other threads, which no virtual clock waits for: another. */
const PROMPT_CRYPTO = {
  getRandomValues: (bytes: Uint8Array) => crypto.getRandomValues(bytes),
  subtle: {
    importKey: async (_: string, key: Uint8Array) => key,
    deriveBits: async ({ salt, iterations }: Derivation, key: Uint8Array) =>
      pbkdf2Sync(key, salt, iterations, 32, 'sha256'),
    digest: async (_: string, bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
    sign: async (_: string, key: Uint8Array, bytes: Uint8Array) =>
      createHmac('sha256', key).update(bytes).digest(),
  },
} as unknown as typeof crypto
