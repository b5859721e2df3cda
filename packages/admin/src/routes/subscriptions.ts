/** Who is subscribed to what. */
import type { Route } from '../route.ts'
import { NAME_LENGTH_MAX, optional, pageQuery, PAGE_PARAMETERS } from './words.ts'

/** The routes. */
export const SUBSCRIPTION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/subscriptions',
    operationId: 'subscriptions',
    summary: 'Subscriptions: of a client, to a filter, or those that match a topic.',
    tag: 'subscriptions',
    scope: 'read',
    parameters: [
      ...PAGE_PARAMETERS,
      {
        name: 'clientId',
        description: 'Only those of this client.',
        value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
      },
      {
        name: 'filter',
        description: 'Only those to exactly this filter, as it was subscribed to.',
        value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
      },
      {
        name: 'topic',
        description: 'Only those whose filter matches this Topic Name.',
        value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
      },
    ],
    answer: 'SubscriptionPage',
    problems: [],
    run: (request, backend) =>
      backend.subscriptions({
        ...pageQuery(request),
        ...optional('clientId', request.words.text('clientId')),
        ...optional('filter', request.words.text('filter')),
        ...optional('topic', request.words.text('topic')),
      }),
  },
]
