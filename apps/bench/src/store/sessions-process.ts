/**
 * A program: makes offline sessions, of which the first so many subscribe to topics that will be
 * published to and the others to topics of their own; or lets the first come back. Prints what came
 * of it as one line of JSON.
 */
import { makeSessions, type Visit, visitSessions } from './offline-sessions.ts'

/** What the program is told, as its one argument. */
export interface SessionsOrder {
  readonly task: 'make' | 'visit'
  readonly port: number
  readonly sessions: number
  /** The sessions that messages will wait for. */
  readonly waiting: number
  /** The topics that they share: `t0`, `t1`, ... behind a prefix, as mqtt-load names them. */
  readonly topics: number
  readonly prefix: string
  readonly visit: Visit
}

const order: SessionsOrder = JSON.parse(process.argv[2] ?? '')
const { port, sessions, waiting, topics, prefix, visit } = order
if (order.task === 'make') {
  await makeSessions({ port, count: sessions }, (index) =>
    index < waiting ? `${prefix}/t${index % topics}` : `${prefix}/of-its-own/${index}`,
  )
  console.log(JSON.stringify({ sessions }))
} else {
  console.log(JSON.stringify(await visitSessions({ port, count: waiting }, visit)))
}
