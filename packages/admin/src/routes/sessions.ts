/** Clients that are connected, and sessions of all. */
import { pageQuery, CLIENT_ID, PAGE_PARAMETERS } from './words.ts'
import type { Route } from '../route.ts'
import { found } from './presence.ts'

/** The routes. */
export const SESSION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/clients',
    operationId: 'clients',
    summary: 'Clients that are connected, in the order in which their sessions began.',
    tag: 'clients',
    scope: 'read',
    parameters: PAGE_PARAMETERS,
    answer: 'SessionPage',
    problems: [],
    run: (request, backend) => backend.clients(pageQuery(request)),
  },
  {
    method: 'GET',
    path: '/client',
    operationId: 'client',
    summary: 'A client that is connected: its connection, what it is sent and what waits for it.',
    tag: 'clients',
    scope: 'read',
    parameters: [CLIENT_ID],
    answer: 'SessionDetail',
    problems: [404],
    run: async ({ words }, backend) => {
      const session = await backend.session(words.required('clientId'))
      return found(session?.connection !== undefined && session, NOT_CONNECTED)
    },
  },
  {
    method: 'DELETE',
    path: '/client',
    operationId: 'disconnect',
    summary: 'Disconnects a client: 0x98 Administrative action. Its session stays.',
    tag: 'clients',
    scope: 'write',
    parameters: [
      CLIENT_ID,
      {
        name: 'reason',
        description: 'A sentence, told to clients of MQTT 5.0 and to the log.',
        value: { type: 'text', lengthMax: 1_024 },
      },
    ],
    problems: [404],
    run: async ({ words }, backend) => {
      const cause = words.text('reason') ?? 'An administrator ended the connection'
      found(await backend.disconnect(words.required('clientId'), cause), NOT_CONNECTED)
    },
  },
  {
    method: 'GET',
    path: '/sessions',
    operationId: 'sessions',
    summary: 'Sessions, with or without a connection, in the order in which they began.',
    tag: 'sessions',
    scope: 'read',
    parameters: [
      ...PAGE_PARAMETERS,
      {
        name: 'connected',
        description: 'Only those whose clients are connected, or are not.',
        value: { type: 'switch' },
      },
    ],
    answer: 'SessionPage',
    problems: [],
    run: (request, backend) => {
      const connected = request.words.text('connected')
      const state = connected === undefined ? {} : { connected: connected === 'true' }
      return backend.sessions({ ...pageQuery(request), ...state })
    },
  },
  {
    method: 'GET',
    path: '/session',
    operationId: 'session',
    summary:
      'A session with the first of what it holds: subscriptions, what is in flight and waits.',
    tag: 'sessions',
    scope: 'read',
    parameters: [CLIENT_ID],
    answer: 'SessionDetail',
    problems: [404],
    run: async ({ words }, backend) =>
      found(await backend.session(words.required('clientId')), NO_SESSION),
  },
  {
    method: 'DELETE',
    path: '/session',
    operationId: 'deleteSession',
    summary: 'Ends a session with all that it holds, and disconnects its client.',
    tag: 'sessions',
    scope: 'write',
    parameters: [CLIENT_ID],
    problems: [404],
    run: async ({ words }, backend) => {
      found(await backend.deleteSession(words.required('clientId')), NO_SESSION)
    },
  },
]

const NOT_CONNECTED = 'No client with this Client Identifier is connected'
const NO_SESSION = 'There is no session with this Client Identifier'
