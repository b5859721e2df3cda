/** A session on a terminal: its client, its connection, and what is on its way to it. */
import type { InFlightView, QueuedView, SessionDetailView } from '../views.ts'
import { durationOf } from './durations.ts'
import { sheetOf, tableOf } from './table.ts'
import type { Cell } from './table.ts'

/** The text. */
export function sessionText(session: SessionDetailView): string {
  return [
    sheetOf([...whoIs(session), ...howItStands(session)]),
    section('Subscriptions', session.subscriptions, SUBSCRIPTION_NAMES, subscriptionRows(session)),
    section('In flight', session.inFlight, IN_FLIGHT_NAMES, session.firstInFlight.map(inFlightRow)),
    section('Queued', session.queuedMessages, QUEUED_NAMES, session.firstQueued.map(queuedRow)),
  ].join('')
}

type Entry = readonly [name: string, value: Cell]

function whoIs({ connection, ...session }: SessionDetailView): readonly Entry[] {
  const { certificate } = connection ?? {}
  return [
    ['client', session.clientId],
    ['user', session.username],
    ['principal', session.principal],
    ['version', session.version],
    ['address', session.address],
    ['proxy', connection?.proxyAddress],
    ['listener', session.listener],
    ['encryption', connection?.encryption],
    ['server name', connection?.serverName],
    ['certificate', certificate && (certificate.commonName ?? certificate.fingerprint)],
  ]
}

function howItStands(session: SessionDetailView): readonly Entry[] {
  const { connection, will, expiresInSeconds } = session
  const dropped = Object.entries(session.messagesDropped).map(([why, count]) => `${count} ${why}`)
  return [
    ['state', connection === undefined ? 'away' : `connected, ${connection.readiness}`],
    ['connected for', connection && durationOf(connection.connectedMs / 1_000)],
    ['keep alive', connection && `${connection.keepAliveSeconds} s`],
    ['to be written', connection && `${connection.outboxBytes} bytes`],
    ['ends in', expiresInSeconds === undefined ? undefined : durationOf(expiresInSeconds)],
    ['durable', session.durable],
    ['messages', `${session.messagesIn} in, ${session.messagesOut} out`],
    ['dropped', dropped.length === 0 ? undefined : dropped.join(', ')],
    ['unreleased', session.unreleased],
    ['queued', `${session.queuedMessages}, ${session.queuedBytes} bytes`],
    ['will', will?.topic],
  ]
}

const SUBSCRIPTION_NAMES = ['filter', 'qos', 'no local', 'identifier']
const QUEUED_NAMES = ['topic', 'qos', 'bytes', 'age']
const IN_FLIGHT_NAMES = ['packet', 'awaits', ...QUEUED_NAMES]

function subscriptionRows({ firstSubscriptions }: SessionDetailView): readonly (readonly Cell[])[] {
  return firstSubscriptions.map(({ filter, qos, noLocal, identifier }) => [
    filter,
    qos,
    noLocal,
    identifier,
  ])
}

function inFlightRow(message: InFlightView): readonly Cell[] {
  return [message.packetId, message.awaits, ...queuedRow(message)]
}

function queuedRow({ topic, qos, payloadBytes, ageMs }: QueuedView): readonly Cell[] {
  return [topic, qos, payloadBytes, ageMs === undefined ? undefined : durationOf(ageMs / 1_000)]
}

/** A table below its name, which says how many there are if not all of them are shown. */
function section(
  name: string,
  total: number,
  names: readonly string[],
  rows: readonly (readonly Cell[])[],
): string {
  if (rows.length === 0) return ''
  const which = rows.length < total ? ` (the first ${rows.length} of ${total})` : ''
  return `\n${name}${which}:\n${tableOf(names, rows, { header: true })}`
}
