/** Retained Messages, and messages to publish. */
import { array, boolean, integer, maxLength, maxValue, minLength, minValue } from 'valibot'
import { optional as maybe, picklist, pipe, strictObject, strictTuple, string } from 'valibot'
import type { InferOutput } from 'valibot'
import { number } from 'valibot'
import { Problem } from '../problem.ts'
import { bodyOf } from '../request-body.ts'
import type { Route } from '../route.ts'
import { found } from './presence.ts'
import { NAME_LENGTH_MAX, optional, PAGE_PARAMETERS, pageQuery, TOPIC } from './words.ts'

/** The routes. */
export const MESSAGE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/retained',
    operationId: 'retained',
    summary: 'Retained Messages whose topic a filter matches, without their payloads.',
    tag: 'messages',
    scope: 'read',
    parameters: [
      ...PAGE_PARAMETERS,
      {
        name: 'filter',
        description: 'A Topic Filter; # where left out, which leaves $SYS and its like out.',
        value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
      },
    ],
    answer: 'RetainedPage',
    problems: [],
    run: (request, backend) =>
      backend.retained({
        ...pageQuery(request),
        ...optional('filter', request.words.text('filter')),
      }),
  },
  {
    method: 'GET',
    path: '/retained/message',
    operationId: 'retainedMessage',
    summary: 'A Retained Message with its payload.',
    tag: 'messages',
    scope: 'read',
    parameters: [TOPIC],
    answer: 'RetainedDetail',
    problems: [404],
    run: async ({ words }, backend) =>
      found(await backend.retainedMessage(words.required('topic')), NO_MESSAGE),
  },
  {
    method: 'DELETE',
    path: '/retained/message',
    operationId: 'deleteRetained',
    summary: 'Deletes a Retained Message. Nobody is told.',
    tag: 'messages',
    scope: 'write',
    parameters: [TOPIC],
    problems: [404],
    run: async ({ words }, backend) => {
      found(await backend.deleteRetained(words.required('topic')), NO_MESSAGE)
    },
  },
  {
    method: 'POST',
    path: '/publish',
    operationId: 'publish',
    summary:
      'Publishes a message to whoever is subscribed; with `retain`, sets a Retained Message.',
    tag: 'messages',
    scope: 'write',
    parameters: [],
    body: 'Publish',
    answer: 'Published',
    problems: [422],
    run: ({ body }, backend) => {
      const { topic, qos = 0, retain = false, properties = {}, ...rest } = bodyOf(body, MESSAGE)
      return backend.publish({ topic, qos, retain, properties, payload: payloadOf(rest) })
    },
  },
]

const NO_MESSAGE = 'There is no Retained Message of this topic'

const TEXT = string('give a text')

const MESSAGE = strictObject(
  {
    topic: pipe(TEXT, minLength(1, 'a Topic Name is not empty')),
    payload: maybe(TEXT),
    encoding: maybe(picklist(['text', 'base64'], 'give text or base64')),
    qos: maybe(picklist([0, 1, 2], 'give 0, 1 or 2')),
    retain: maybe(boolean('give true or false')),
    properties: maybe(
      strictObject(
        {
          payloadFormatIndicator: maybe(picklist([0, 1], 'give 0 or 1')),
          messageExpiryInterval: maybe(
            pipe(
              number('give a number of seconds'),
              integer('give whole seconds'),
              minValue(0, 'give seconds from 0'),
              maxValue(4_294_967_295, 'give at most 4294967295 seconds'),
            ),
          ),
          contentType: maybe(TEXT),
          responseTopic: maybe(TEXT),
          correlationData: maybe(TEXT),
          userProperties: maybe(
            pipe(
              array(strictTuple([TEXT, TEXT], 'give pairs of texts'), 'give a list of pairs'),
              maxLength(64, 'give at most 64 User Properties'),
            ),
          ),
        },
        'there is no such property',
      ),
    ),
  },
  'a message has topic, payload, encoding, qos, retain and properties, and nothing else',
)

function payloadOf({
  payload = '',
  encoding,
}: Pick<InferOutput<typeof MESSAGE>, 'payload' | 'encoding'>): Uint8Array {
  return encoding === 'base64' ? base64(payload, 'payload') : new TextEncoder().encode(payload)
}

/** Node skips what is no base64; what does not come back the same was none. */
function base64(text: string, where: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) return bytes
  throw new Problem('bad-request', `In ${where}: give base64 with its padding`)
}
