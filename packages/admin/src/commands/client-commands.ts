/** `admin clients` and `admin sessions`: who is there, who was, and to send them away. */
import { Argument, Command } from 'commander'
import type { NewBan } from '../backend.ts'
import type { SessionView } from '../views.ts'
import { act, printList } from './acting.ts'
import type { Acting, ListFlags, Listing } from './acting.ts'
import { banText } from './ban-commands.ts'
import { durationOf } from './durations.ts'
import { addListFlags, wholeNumber } from './flag-values.ts'
import { sessionText } from './session-text.ts'
import type { Surroundings } from './surroundings.ts'
import { visible } from './escaping.ts'

const CLIENT = '<client>'

/** The command `clients`. */
export function clientsCommand(surroundings: Surroundings): Command {
  const clients = new Command('clients').summary('clients that are connected')
  clients.description('Lists clients that are connected, shows one, or sends it away.')
  const list = addListFlags(clients.command('list', { isDefault: true }).summary('list them'))
  act<ListFlags>(list, surroundings, (acting) =>
    printList(acting, { ...CONNECTED, page: (options) => acting.client.clients(options) }),
  )
  const show = clients.command('show').summary('show one, with what is on its way to it')
  act(show.addArgument(clientArgument()), surroundings, async ({ client, words, show, stop }) => {
    const session = await client.client(words[0] ?? '', stop)
    show(session, () => sessionText(session))
  })
  const disconnect = clients.command('disconnect').summary('end its connection; it may come back')
  disconnect.addArgument(clientArgument()).option('--reason <text>', 'what it is told')
  act<{ readonly reason?: string }>(disconnect, surroundings, async (acting) => {
    const { client, words, flags, show, stop } = acting
    const { reason } = flags
    const clientId = words[0] ?? ''
    await client.disconnect(clientId, { ...stop, ...(reason !== undefined && { reason }) })
    show({ clientId, disconnected: true }, () => `${visible(clientId)} is disconnected.\n`)
  })
  const ban = clients.command('ban').summary('disconnect it, and let it in no more')
  ban
    .addArgument(clientArgument())
    .option('--seconds <number>', 'for how long (default: until lifted)', wholeNumber(1, 1e9))
    .option('--reason <text>', 'why, for people')
  act<Omit<NewBan, 'kind' | 'value'>>(ban, surroundings, async (acting) => {
    const { seconds, reason } = acting.flags
    const whom = { kind: 'client', value: acting.words[0] ?? '' } as const
    const ended = { ...whom, ...(seconds !== undefined && { seconds }) }
    const banned = { ...ended, ...(reason !== undefined && { reason }) }
    await acting.client.ban(banned, acting.stop)
    acting.show(banned, () => banText(banned))
  })
  return clients
}

/** The command `sessions`. */
export function sessionsCommand(surroundings: Surroundings): Command {
  const sessions = new Command('sessions').summary('sessions, with or without a connection')
  sessions.description('Lists sessions, whether or not their clients are connected.')
  const list = addListFlags(sessions.command('list', { isDefault: true }).summary('list them'))
    .option('--connected', 'only those whose clients are connected')
    .option('--away', 'only those whose clients are not')
  act<SessionFlags>(list, surroundings, listSessions)
  const show = sessions.command('show').summary('show one with what it holds')
  act(show.addArgument(clientArgument()), surroundings, async ({ client, words, show, stop }) => {
    const session = await client.session(words[0] ?? '', stop)
    show(session, () => sessionText(session))
  })
  const remove = sessions.command('delete').summary('end one with all that it holds')
  act(remove.addArgument(clientArgument()), surroundings, async (acting) => {
    const { client, words, show, stop } = acting
    const clientId = words[0] ?? ''
    await client.deleteSession(clientId, stop)
    show({ clientId, deleted: true }, () => `The session of ${visible(clientId)} is deleted.\n`)
  })
  return sessions
}

interface SessionFlags extends ListFlags {
  readonly connected?: boolean
  readonly away?: boolean
}

function listSessions(acting: Acting<SessionFlags>): Promise<void> {
  const { connected = false, away = false } = acting.flags
  const which = connected === away ? {} : { connected }
  return printList(acting, {
    ...ALL,
    page: (options) => acting.client.sessions({ ...options, ...which }),
  })
}

function clientArgument(): Argument {
  return new Argument(CLIENT, 'the Client Identifier; put -- before one that begins with -')
}

const CONNECTED: Omit<Listing<SessionView>, 'page'> = {
  names: ['client', 'user', 'version', 'address', 'listener', 'connected', 'in flight', 'queued'],
  row: (session) => [
    session.clientId,
    session.username,
    session.version,
    session.address,
    session.listener,
    durationOf((session.connection?.connectedMs ?? 0) / 1_000),
    session.inFlight,
    session.queuedMessages,
  ],
}

const ALL: Omit<Listing<SessionView>, 'page'> = {
  names: ['client', 'user', 'state', 'subscriptions', 'in flight', 'queued', 'ends in'],
  row: (session) => [
    session.clientId,
    session.username,
    session.connection === undefined ? 'away' : 'connected',
    session.subscriptions,
    session.inFlight,
    session.queuedMessages,
    session.expiresInSeconds === undefined ? undefined : durationOf(session.expiresInSeconds),
  ],
}
