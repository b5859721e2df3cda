/** What may a client do, and who would get it: what the rules say, beside what is subscribed. */
import type { Action, Broker, ClientInfo } from '@godwit/broker'
import { topicFilterFault, topicNameFault } from '@godwit/topic'
import type { Question } from './backend.ts'
import { Problem } from './problem.ts'
import type { ExplanationView } from './views.ts'

/** What a program says about an action: the `Explanation` of `@godwit/auth` has this form. */
export interface Explained {
  readonly decision: 'allow' | 'deny' | 'partly'
  readonly because: string
  readonly opinions: readonly {
    readonly authorizer: string
    readonly ruling: OpinionRuling | undefined
  }[]
}

/** What one authorizer says. */
export interface OpinionRuling {
  readonly decision: 'allow' | 'deny' | 'partly'
  readonly because: string
}

/** Asks the rules of a program. */
export type Explain = (action: Action, client: ClientInfo) => Promise<Explained>

/** Answers a question. @throws {Problem} if it is about no topic. */
export async function explanationOf(
  question: Question,
  { inspection }: Pick<Broker, 'inspection'>,
  explain: Explain,
): Promise<ExplanationView> {
  const action = actionOf(question)
  const session = inspection.summary(question.clientId)
  const client = clientOf(question, session?.client)
  const { decision, because, opinions } = await explain(action, client)
  const { clientId, username, remoteAddress: address, listener } = client
  return {
    client: {
      clientId,
      ...(username !== undefined && { username }),
      address,
      ...(listener !== undefined && { listener }),
      connected: session?.connection !== undefined,
    },
    action: action.type,
    topic: question.topic,
    decision,
    because,
    opinions: opinions.map(({ authorizer, ruling }) => ({ authorizer, ...ruling })),
    matching: action.type === 'subscribe' ? [] : filtersOf(action.topic, clientId, inspection),
  }
}

function actionOf({ action, topic, qos, retain }: Question): Action {
  const fault = action === 'subscribe' ? topicFilterFault(topic) : topicNameFault(topic)
  if (fault !== undefined) throw new Problem('bad-request', `In topic: ${fault.reason}`)
  return action === 'subscribe'
    ? { type: action, filter: topic, qos }
    : { type: action, topic, qos, retain }
}

/** The client that is asked about, or one that is made up where it is not there. */
function clientOf(question: Question, known: ClientInfo | undefined): ClientInfo {
  const { clientId, username = known?.username, address, listener } = question
  const base: ClientInfo = known ?? {
    clientId,
    username,
    principal: username,
    version: 5,
    remoteAddress: '127.0.0.1',
  }
  return {
    ...base,
    username,
    ...(address !== undefined && { remoteAddress: address }),
    ...(listener !== undefined && { listener }),
  }
}

function filtersOf(
  topic: string,
  clientId: string,
  inspection: Broker['inspection'],
): readonly string[] {
  return inspection.matching(topic, { clientId }).subscriptions.map(({ filter }) => filter)
}
