/** Who is kept out. */
import { maxLength, minLength, minValue, number, optional, picklist, pipe } from 'valibot'
import { strictObject, string } from 'valibot'
import type { BanKind } from '../views.ts'
import { bodyOf } from '../request-body.ts'
import type { Route } from '../route.ts'
import { found } from './presence.ts'
import { NAME_LENGTH_MAX, PAGE_PARAMETERS, pageQuery } from './words.ts'

/** Whom a ban can be for. */
export const BAN_KINDS: readonly [BanKind, ...BanKind[]] = ['client', 'user', 'address']

/** The routes. */
export const BAN_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/bans',
    operationId: 'bans',
    summary: 'Bans in force, of clients, users and addresses.',
    tag: 'bans',
    scope: 'read',
    parameters: PAGE_PARAMETERS,
    answer: 'BanPage',
    problems: [],
    run: (request, backend) => backend.bans(pageQuery(request)),
  },
  {
    method: 'POST',
    path: '/bans',
    operationId: 'ban',
    summary: 'Bans a client, a user or an address, and disconnects whom it concerns.',
    tag: 'bans',
    scope: 'write',
    parameters: [],
    body: 'NewBan',
    problems: [422],
    run: ({ body }, backend) => backend.ban(bodyOf(body, BAN)),
  },
  {
    method: 'DELETE',
    path: '/bans',
    operationId: 'liftBan',
    summary: 'Lifts a ban.',
    tag: 'bans',
    scope: 'write',
    parameters: [
      {
        name: 'kind',
        description: 'Whom it is for.',
        required: true,
        value: { type: 'choice', among: BAN_KINDS },
      },
      {
        name: 'value',
        description: 'The Client Identifier, user name or address.',
        required: true,
        value: { type: 'text', lengthMax: NAME_LENGTH_MAX },
      },
    ],
    problems: [404],
    run: async ({ words }, backend) => {
      const kind = words.choice('kind', BAN_KINDS)
      found(await backend.liftBan(kind, words.required('value')), 'There is no such ban')
    },
  },
]

const BAN = strictObject(
  {
    kind: picklist(BAN_KINDS, 'give client, user or address'),
    value: pipe(
      string('give a text'),
      minLength(1, 'give whom it is for'),
      maxLength(NAME_LENGTH_MAX, `give at most ${NAME_LENGTH_MAX} characters`),
    ),
    seconds: optional(pipe(number('give a number'), minValue(1, 'give at least 1 second'))),
    reason: optional(pipe(string('give a text'), maxLength(1_024, 'give at most 1024 characters'))),
  },
  'a ban has kind, value, seconds and reason, and nothing else',
)
