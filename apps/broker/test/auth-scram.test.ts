/** Our client and our broker authenticate each other by SCRAM-SHA-256, over TCP. */
import { makeScramEntry, parseScramFile, ScramAuthenticator, guardsOf } from '@godwit/auth'
import { Broker } from '@godwit/broker'
import { ClientError, connect, ReasonCode } from '@godwit/client'
import type { Client, ConnectionStatus, Mechanism } from '@godwit/client'
import { scramSha256 } from '@godwit/client/scram'
import { systemClock, TcpListener } from '@godwit/transport/node'
import { describe, expect, it } from 'vitest'

const ENTRY = await makeScramEntry('p\u00e4ncil=,', 4096)
const USERS = parseScramFile(`ada:${ENTRY}\na=b,c:${ENTRY}\n`, 'scram.txt')

describe('a client with SCRAM-SHA-256', () => {
  it.each(['ada', 'a=b,c'])('is let in as %s, and authenticates anew', async (username) => {
    await using world = await openWorld()
    await using client = await world.client(username)
    expect(world.names).toEqual([username])
    await client.reauthenticate()
    expect(await client.publish('a', 'b', { qos: 1 })).toBe(ReasonCode.NoMatchingSubscribers)
  })

  it.each([
    ['a wrong password', 'ada', 'pencil'],
    ['a user that is not there', 'eve', 'p\u00e4ncil=,'],
  ])('is refused with %s, in the same words', async (_, username, password) => {
    await using world = await openWorld()
    await expect(world.client(username, password)).rejects.toMatchObject({
      code: 'connect-refused',
      reasonCode: ReasonCode.BadUserNameOrPassword,
    })
  })

  it('is sent away when its user is taken away, and others stay', async () => {
    await using world = await openWorld()
    await using ada = await world.client('ada')
    await using other = await world.client('a=b,c')
    world.scram.replace(parseScramFile(`ada:${ENTRY}\n`, 'scram.txt'))
    await world.broker.rightsChanged()
    expect(await endOf(other)).toMatchObject({ cause: { reasonCode: ReasonCode.NotAuthorized } })
    await ada.reauthenticate()
    expect(world.broker.stats().clients).toBe(1)
  })

  it('cannot authenticate anew once its user is taken away', async () => {
    await using world = await openWorld()
    await using client = await world.client('a=b,c')
    world.scram.replace(parseScramFile(`ada:${ENTRY}\n`, 'scram.txt'))
    await expect(client.reauthenticate()).rejects.toThrow(ClientError)
  })

  it('is refused by another method, and by a password alone', async () => {
    await using world = await openWorld()
    const password = 'p\u00e4ncil=,'
    const mechanism: Mechanism = {
      method: 'SCRAM-SHA-1',
      start: () => Buffer.from('n,,n=ada,r=x'),
      respond: () => undefined,
      finish: () => {},
    }
    const options = { reconnect: false as const, authentication: () => mechanism }
    await expect(connect(world.url, options)).rejects.toMatchObject({
      reasonCode: ReasonCode.BadAuthenticationMethod,
    })
    await expect(
      connect(world.url, { username: 'ada', password, reconnect: false }),
    ).rejects.toMatchObject({ reasonCode: ReasonCode.BadUserNameOrPassword })
  })
})

async function endOf(client: Client): Promise<ConnectionStatus> {
  for await (const status of client.statusChanges()) if (status.state === 'closed') return status
  return client.status
}

interface World extends AsyncDisposable {
  readonly broker: Broker
  readonly scram: ScramAuthenticator
  readonly url: string
  /** Who was let in. */
  readonly names: (string | undefined)[]
  readonly client: (username: string, password?: string) => Promise<Client>
}

async function openWorld(): Promise<World> {
  const scram = new ScramAuthenticator({ users: USERS, timeOfDay: Date.now })
  const access = { authenticators: [scram], anonymous: false, authorizers: [] }
  const names: (string | undefined)[] = []
  const broker = new Broker({
    listeners: [new TcpListener({ host: '127.0.0.1', port: 0 })],
    clock: systemClock,
    guards: guardsOf(() => access),
    observers: { connected: ({ username }) => names.push(username) },
  })
  const [bound = ''] = await broker.start()
  const url = bound.replace('tcp:', 'mqtt:')
  const client: World['client'] = (username, password = 'p\u00e4ncil=,') =>
    connect(url, { reconnect: false, authentication: scramSha256({ username, password }) })
  return { broker, scram, url, names, client, [Symbol.asyncDispose]: () => broker.close() }
}
