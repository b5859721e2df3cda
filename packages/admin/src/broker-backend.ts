/**
 * The backend of a broker in this process. Lists are put together of the broker's own pages, with
 * pauses for everybody else; what a program knows and a broker does not (rules, files, logs) is
 * given beside it.
 */
import type { Broker, Page as BrokerPage, PageRequest } from '@godwit/broker'
import { MqttError, ReasonCode, reasonCodeName } from '@godwit/codec'
import { topicFilterFault, topicNameFault } from '@godwit/topic'
import type { AdminBackend, AdminMessage, NewBan, PageQuery } from './backend.ts'
import { explanationOf } from './explaining.ts'
import type { Explain } from './explaining.ts'
import { brokerProperties } from './message-properties.ts'
import { patternMatches } from './pattern.ts'
import { Problem } from './problem.ts'
import { Slices } from './slices.ts'
import { sortedPage } from './sorted-page.ts'
import { banView, retainedDetailView, retainedView, sessionDetailView } from './viewing.ts'
import { sessionView, subscriptionView } from './viewing.ts'
import type { Page, PublishedView, StatusView } from './views.ts'

/** The part of a broker that is looked after. */
export type LookedAfter = Pick<Broker, 'inspection' | 'bans' | 'publish' | 'disconnect' | 'stats'>

/** What a program gives beside its broker. */
export interface BrokerBackendOptions extends Pick<
  AdminBackend,
  'traces' | 'reload' | 'plan' | 'logLevel'
> {
  readonly broker: LookedAfter
  /** What the rules say; `explain` of `@godwit/auth` does, with the access of the listener. */
  readonly explain?: Explain
  readonly version: string
  /** URLs of the listeners, as they are when it is asked. */
  readonly listeners: () => readonly string[]
  /** Since the start, in seconds. */
  readonly uptimeSeconds?: () => number
}

/** Makes a backend of a broker. */
export function brokerBackend(options: BrokerBackendOptions): AdminBackend {
  const { broker } = options
  const { inspection, bans } = broker
  return {
    ...programPart(options),
    status: async () => statusOf(options),
    clients: (query) =>
      gathered(
        query,
        (page) => inspection.clients(page),
        sessionView,
        ({ clientId }) => clientId,
      ),
    sessions: ({ connected, ...query }) => {
      const which = connected === undefined ? {} : { connected }
      const page = (request: PageRequest): ReturnType<typeof inspection.sessions> =>
        inspection.sessions({ ...request, ...which })
      return gathered(query, page, sessionView, ({ clientId }) => clientId)
    },
    session: async (clientId) => {
      const session = await inspection.session(clientId)
      return session === undefined ? undefined : sessionDetailView(session)
    },
    disconnect: async (clientId, cause) =>
      broker.disconnect(clientId, { reasonCode: ReasonCode.AdministrativeAction, cause }),
    deleteSession: (clientId) => inspection.endSession(clientId),
    subscriptions: ({ clientId, filter, topic, ...query }) => {
      const which = {
        ...(clientId !== undefined && { clientId }),
        ...(filter !== undefined && { filter }),
        ...(topic !== undefined && { topic: validTopic(topic) }),
      }
      const page = (request: PageRequest): ReturnType<typeof inspection.subscriptions> =>
        inspection.subscriptions({ ...request, ...which })
      return gathered(query, page, subscriptionView, (held) => held.filter)
    },
    retained: ({ filter = '#', ...query }) => {
      const valid = validFilter(filter)
      const page = (request: PageRequest): ReturnType<typeof inspection.retained> =>
        inspection.retained(valid, request)
      return gathered(query, page, retainedView, ({ topic }) => topic)
    },
    retainedMessage: async (topic) => {
      const message = inspection.retainedMessage(topic)
      return message === undefined ? undefined : retainedDetailView(message)
    },
    deleteRetained: (topic) => inspection.deleteRetained(topic),
    publish: async (message) => published(broker, message),
    bans: async (query) => {
      const page = await sortedPage(bans.list(), query, ({ type, name }) => `${type}/${name}`)
      return { ...page, items: page.items.map(banView) }
    },
    ban: async (ban) => banned(broker, ban),
    liftBan: async (type, name) => bans.lift({ type, name }),
  }
}

function programPart(options: BrokerBackendOptions): Partial<AdminBackend> {
  const { broker, explain, traces, reload, plan, logLevel } = options
  return {
    ...(explain !== undefined && {
      explain: (question) => explanationOf(question, broker, explain),
    }),
    ...(traces !== undefined && { traces }),
    ...(reload !== undefined && { reload }),
    ...(plan !== undefined && { plan }),
    ...(logLevel !== undefined && { logLevel }),
  }
}

function statusOf(options: BrokerBackendOptions): StatusView {
  const { broker, version, listeners, uptimeSeconds = () => process.uptime() } = options
  const { explain, traces, reload, plan, logLevel } = options
  return {
    version,
    uptimeSeconds: Math.floor(uptimeSeconds()),
    listeners: listeners(),
    offers: [
      ...(explain === undefined ? [] : (['explain'] as const)),
      ...(traces === undefined ? [] : (['traces'] as const)),
      ...(reload === undefined ? [] : (['reload'] as const)),
      ...(plan === undefined ? [] : (['plan'] as const)),
      ...(logLevel === undefined ? [] : (['log-level'] as const)),
    ],
    stats: broker.stats(),
  }
}

/** How long a list may be looked through for one part of it. */
const SEARCH_MS = 2_000

/**
 * One page of as many of the broker's as it takes. Where few match, and the list is long, it ends
 * before it is full, and says where to go on.
 */
async function gathered<T, V>(
  { limit, after, match, signal }: PageQuery,
  pageOf: (request: PageRequest) => BrokerPage<T>,
  view: (item: T) => V,
  nameOf: (view: V) => string,
): Promise<Page<V>> {
  const items: V[] = []
  const start = performance.now()
  const slices = new Slices()
  let next = after
  for (;;) {
    const page = asked(() => pageOf({ limit: limit - items.length, ...cursor(next) }))
    for (const item of page.items) {
      const viewed = view(item)
      if (match === undefined || patternMatches(match, nameOf(viewed))) items.push(viewed)
    }
    next = page.next
    if (next === undefined) return { items }
    const isLong = performance.now() - start > SEARCH_MS
    if (items.length >= limit || isLong || signal.aborted) return { items, next }
    if (slices.isOver) await slices.pause()
  }
}

function cursor(after: string | undefined): { readonly after?: string } {
  return after === undefined ? {} : { after }
}

function validTopic(topic: string): string {
  const fault = topicNameFault(topic)
  if (fault === undefined) return topic
  throw new Problem('bad-request', `topic is no Topic Name: ${fault.reason}`)
}

function validFilter(filter: string): string {
  const fault = topicFilterFault(filter)
  if (fault === undefined) return filter
  throw new Problem('bad-request', `filter is no Topic Filter: ${fault.reason}`)
}

/** What the broker throws for a request is the request's fault. */
function asked<T>(ask: () => T): T {
  try {
    return ask()
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('bad-request', error.message)
    throw error
  }
}

function banned({ bans }: LookedAfter, { kind, value, seconds, reason }: NewBan): void {
  const terms = {
    ...(seconds !== undefined && { forSeconds: seconds }),
    ...(reason !== undefined && { reason }),
  }
  try {
    bans.ban({ type: kind, name: value }, terms)
  } catch (error) {
    if (error instanceof RangeError) throw new Problem('refused', error.message)
    throw error
  }
}

function published(broker: LookedAfter, message: AdminMessage): PublishedView {
  const { topic, payload, qos, retain } = message
  const properties = brokerProperties(message.properties)
  let code: ReasonCode
  try {
    code = broker.publish({ topic, payload, qos, retain, properties })
  } catch (error) {
    if (!(error instanceof MqttError || error instanceof RangeError)) throw error
    throw new Problem('refused', `The message cannot be published: ${error.message}`)
  }
  const reason = reasonCodeName(code, 'puback')
  if (code < 0x80) return { reasonCode: code, reason }
  throw new Problem('refused', `The broker refused the message: ${reason}`)
}
