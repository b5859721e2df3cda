/** The clients of a benchmark: connected some at a time, closed together. */
import { connect } from '@godwit/client'
import type { Client, ConnectOptions } from '@godwit/client'
import type { Connection } from '../connection/connection.ts'
import { PublishingWindow } from '../payload/publishing-window.ts'
import type { Pace } from './pace.ts'

/** How to connect them. */
export interface Gathering {
  readonly connection: Connection
  readonly clients: number
  /** Put behind the Client Identifier of the flags, if they have one. */
  readonly role: string
  /** How many connect in a second. */
  readonly connectRate: number
  readonly pace: Pace
  readonly signal: AbortSignal
  /** Told whenever one more is connected. */
  readonly connected: () => void
}

/** Waiting for so many answers at a time is enough for any rate of connecting. */
const CONNECTING_MAX = 100

/** Connects all, or none. @throws {ClientError} */
export async function gather(gathering: Gathering): Promise<readonly Client[]> {
  const { clients: count, connectRate, pace } = gathering
  const begin = pace.now()
  const gathered: Client[] = []
  const window = new PublishingWindow(CONNECTING_MAX, () => {})
  let isGivenUp = false
  const join = async (index: number): Promise<void> => {
    const client = await one(gathering, index)
    if (isGivenUp) return client.close()
    gathered[index] = client
    gathering.connected()
  }
  try {
    for (let index = 0; index < count; index++) {
      await pace.until(begin + (index * 1000) / connectRate)
      await window.take(join(index))
    }
    await window.settled()
    return gathered
  } catch (error) {
    isGivenUp = true
    await disperse(gathered)
    throw error
  }
}

/** Closes all. */
export async function disperse(clients: readonly Client[]): Promise<void> {
  // Those that have not connected are missing.
  await Promise.all(clients.filter(Boolean).map((client) => client.close()))
}

function one({ connection, clients, role, signal }: Gathering, index: number): Promise<Client> {
  const { url, options } = connection
  return connect(url, { ...options, ...identity(options, clients, `${role}${index + 1}`), signal })
}

/** Clients of one server have to have different Client Identifiers. */
function identity({ clientId }: ConnectOptions, clients: number, suffix: string): ConnectOptions {
  if (clientId === undefined) return {}
  return { clientId: clients === 1 && suffix === '1' ? clientId : `${clientId}-${suffix}` }
}
