/** Why something may or may not be done, and changes of the running program. */
import { maxLength, maxValue, minLength, minValue, number, optional as maybe } from 'valibot'
import { picklist, pipe, strictObject, string } from 'valibot'
import type { Question } from '../backend.ts'
import { Problem } from '../problem.ts'
import { bodyOf } from '../request-body.ts'
import type { Parameter, Route, RouteRequest } from '../route.ts'
import type { ExplainedAction, TraceKind } from '../views.ts'
import { found, notOffered, offered } from './presence.ts'
import { CLIENT_ID, NAME_LENGTH_MAX, optional } from './words.ts'

const ACTIONS: readonly [ExplainedAction, ...ExplainedAction[]] = [
  'publish',
  'subscribe',
  'deliver',
  'will',
]
const QOS: readonly ['0', '1', '2'] = ['0', '1', '2']
const TRACE_KINDS: readonly [TraceKind, ...TraceKind[]] = ['client', 'topic']

const NAME = { type: 'text', lengthMax: NAME_LENGTH_MAX } as const

const EXPLAIN_PARAMETERS: readonly Parameter[] = [
  { ...CLIENT_ID, description: 'The Client Identifier, of a client that may not be there.' },
  {
    name: 'topic',
    description: 'A Topic Name, or the Topic Filter of the action subscribe.',
    required: true,
    value: NAME,
  },
  {
    name: 'action',
    description: 'What is to be done; publish where left out.',
    value: { type: 'choice', among: ACTIONS },
  },
  { name: 'qos', description: '0 where left out.', value: { type: 'choice', among: QOS } },
  { name: 'retain', description: 'Whether it is to be retained.', value: { type: 'switch' } },
  { name: 'username', description: 'Instead of that of the client.', value: NAME },
  { name: 'address', description: 'Instead of that of the client.', value: NAME },
  { name: 'listener', description: 'Instead of that of the client.', value: NAME },
]

/** The routes. */
export const OPERATION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/explain',
    operationId: 'explain',
    summary: 'What the rules say about a client and a topic, and which line decides.',
    tag: 'rights',
    scope: 'read',
    parameters: EXPLAIN_PARAMETERS,
    answer: 'Explanation',
    problems: [501],
    run: (request, backend) => {
      if (backend.explain === undefined) throw notOffered('explain')
      return backend.explain(questionOf(request))
    },
  },
  {
    method: 'GET',
    path: '/traces',
    operationId: 'traces',
    summary: 'Clients and topics that are traced in the log.',
    tag: 'log',
    scope: 'read',
    parameters: [],
    answer: 'Traces',
    problems: [501],
    run: async (_request, backend) => ({ items: await offered(backend.traces, 'traces').list() }),
  },
  {
    method: 'POST',
    path: '/traces',
    operationId: 'trace',
    summary: 'Traces a client, or what is published to a filter, in the log for a while.',
    tag: 'log',
    scope: 'write',
    parameters: [],
    body: 'NewTrace',
    answer: 'Trace',
    problems: [422, 501],
    run: ({ body }, backend) => {
      const { kind, value, seconds = TRACE_SECONDS } = bodyOf(body, TRACE)
      return offered(backend.traces, 'traces').start(kind, value, seconds)
    },
  },
  {
    method: 'DELETE',
    path: '/traces',
    operationId: 'stopTrace',
    summary: 'Ends a trace.',
    tag: 'log',
    scope: 'write',
    parameters: [
      {
        name: 'kind',
        description: 'What it is of.',
        required: true,
        value: { type: 'choice', among: TRACE_KINDS },
      },
      {
        name: 'value',
        description: 'The Client Identifier or Topic Filter.',
        required: true,
        value: NAME,
      },
    ],
    problems: [404, 501],
    run: async ({ words }, backend) => {
      const kind = words.choice('kind', TRACE_KINDS)
      const traces = offered(backend.traces, 'traces')
      found(await traces.stop(kind, words.required('value')), 'There is no such trace')
    },
  },
  {
    method: 'POST',
    path: '/reload',
    operationId: 'reload',
    summary: 'Reads the configuration and its files again: all of it, or nothing if it is wrong.',
    tag: 'configuration',
    scope: 'write',
    parameters: [],
    answer: 'Change',
    problems: [422, 501],
    run: (_request, backend) => {
      if (backend.reload === undefined) throw notOffered('reload')
      return backend.reload()
    },
  },
  {
    method: 'POST',
    path: '/plan',
    operationId: 'plan',
    summary: 'What another configuration would change, and which clients would lose what.',
    tag: 'configuration',
    scope: 'write',
    parameters: [],
    body: 'Proposal',
    answer: 'Change',
    problems: [422, 501],
    run: ({ body }, backend) => {
      if (backend.plan === undefined) throw notOffered('plan')
      return backend.plan(bodyOf(body, PROPOSAL))
    },
  },
  {
    method: 'GET',
    path: '/log-level',
    operationId: 'logLevel',
    summary: 'How much the log says.',
    tag: 'log',
    scope: 'read',
    parameters: [],
    answer: 'LogLevel',
    problems: [501],
    run: async (_request, backend) => offered(backend.logLevel, 'log levels').get(),
  },
  {
    method: 'PUT',
    path: '/log-level',
    operationId: 'setLogLevel',
    summary: 'Makes the log say more or less, until the program ends.',
    tag: 'log',
    scope: 'write',
    parameters: [],
    body: 'LogLevel',
    answer: 'LogLevel',
    problems: [501],
    run: async ({ body }, backend) => {
      const logLevel = offered(backend.logLevel, 'log levels')
      const { level } = bodyOf(body, LOG_LEVEL)
      if (!logLevel.levels.includes(level)) {
        throw new Problem('bad-request', `In level: give one of ${logLevel.levels.join(', ')}`)
      }
      logLevel.set(level)
      return logLevel.get()
    },
  },
]

function questionOf({ words }: RouteRequest): Question {
  const qos = words.choice('qos', QOS)
  return {
    clientId: words.required('clientId'),
    topic: words.required('topic'),
    action: words.choice('action', ACTIONS),
    qos: qos === '0' ? 0 : qos === '1' ? 1 : 2,
    retain: words.isOn('retain'),
    ...optional('username', words.text('username')),
    ...optional('address', words.text('address')),
    ...optional('listener', words.text('listener')),
  }
}

const TRACE_SECONDS = 600
const DAY_SECONDS = 86_400

const TRACE = strictObject(
  {
    kind: picklist(TRACE_KINDS, 'give client or topic'),
    value: pipe(
      string('give a text'),
      minLength(1, 'give what to trace'),
      maxLength(NAME_LENGTH_MAX, `give at most ${NAME_LENGTH_MAX} characters`),
    ),
    seconds: maybe(
      pipe(
        number('give a number'),
        minValue(1, 'give at least 1 second'),
        maxValue(DAY_SECONDS, 'give at most a day, 86400 seconds'),
      ),
    ),
  },
  'a trace has kind, value and seconds, and nothing else',
)

const PROPOSAL = strictObject(
  { text: string('give a text'), format: maybe(string('give a text')) },
  'a proposal has text and format, and nothing else',
)

const LOG_LEVEL = strictObject({ level: string('give a text') }, 'give level and nothing else')
