/** The schema of how clients get in, and of what they may do. */
import { httpUrl, addressRange } from './addresses.ts'
import type {
  AuthenticationInput,
  AuthorizationInput,
  HttpHookInput,
  JwtInput,
  Read,
  RuleInput,
} from './input.ts'
import { choice, duration, flag, numberChoice, path, secret, text } from './leaves.ts'
import { group, list, optional, required, some } from './structure.ts'
import type { Complain, SchemaOf } from './structure.ts'

/** How clients get in. */
export function authentication(): SchemaOf<AuthenticationInput<Read>> {
  return group({
    anonymous: optional(
      flag(),
      'Whether clients come in that say no user name and show nothing else',
      { fallback: 'only where nothing but this machine can reach the listener' },
    ),
    passwordFile: optional(path('the path of a file'), PASSWORD_FILE),
    scramFile: optional(path('the path of a file'), SCRAM_FILE),
    jwt: optional(jwt(), 'Clients that log in with a JSON Web Token as their password'),
    certificate: optional(
      group({
        username: optional(
          choice(['cn', 'dns', 'email', 'uri']),
          'Which name in the certificate is the user name',
          { fallback: 'cn' },
        ),
      }),
      'Clients that log in with their certificate, by listeners with tls.clientCa',
    ),
    http: optional(httpHook(), 'A service of yours that is asked about each client'),
  })
}

const PASSWORD_FILE =
  'Users and hashed passwords, a line each, as godwit passwd and mosquitto_passwd write them'
const SCRAM_FILE = 'Users with what SCRAM-SHA-256 needs to know of their passwords'

function jwt(): SchemaOf<JwtInput> {
  return group(
    {
      secret: optional(secret('a text of 32 characters or more', 32), 'The key of HS256 tokens'),
      secretFile: optional(path('the path of a file'), 'The file with that key'),
      publicKeyFile: optional(path('the path of a file'), 'The public key of the issuer, as PEM'),
      jwksUrl: optional(
        httpUrl(['https', 'http'], 'https://login.example/.well-known/jwks.json'),
        'Where the public keys of the issuer are',
      ),
      jwksFile: optional(path('the path of a file'), 'The same as a file'),
      issuer: optional(some(text('a text')), 'What the claim iss has to be, one of these'),
      audience: optional(some(text('a text')), 'What the claim aud has to have, one of these'),
      algorithms: optional(some(choice(ALGORITHMS)), 'What tokens may be signed with', {
        fallback: 'what fits the key',
      }),
      usernameClaim: optional(text('the name of a claim'), 'The claim that is the user name', {
        fallback: 'sub',
      }),
      aclClaim: optional(text('the name of a claim'), 'The claim that says what the client may do'),
      clientIdClaim: optional(
        text('the name of a claim'),
        'A claim that has to be the Client Identifier',
      ),
      from: optional(choice(['password', 'username']), 'Where clients put the token', {
        fallback: 'password',
      }),
    },
    checkJwt,
  )
}

const ALGORITHMS = [
  'HS256',
  'HS384',
  'HS512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

const KEYS = ['secret', 'secretFile', 'publicKeyFile', 'jwksUrl', 'jwksFile'] as const

function checkJwt(values: JwtInput, complain: Complain): void {
  const [first, second] = KEYS.filter((key) => values[key] !== undefined)
  if (first !== undefined && second !== undefined) {
    complain(second, `contradicts ${first}: one of them says what tokens are verified with`)
  }
  const isShared = first === 'secret' || first === 'secretFile'
  const unfit = values.algorithms?.find((name) => name.startsWith('HS') !== isShared)
  if (first === undefined || unfit === undefined || first.startsWith('jwks')) return
  complain('algorithms', `has ${unfit}, which a token cannot have that ${first} is to verify`)
}

function httpHook(): SchemaOf<HttpHookInput<Read>> {
  return group(hookKeys())
}

function hookKeys() {
  return {
    url: optional(httpUrl(['https', 'http'], 'https://auth.example/mqtt'), 'Where it is asked'),
    timeoutMs: optional(
      duration('ms', 1, 60_000),
      'How long it may take to answer; after that it has refused',
      { fallback: '5 s' },
    ),
  }
}

/** What clients may do. */
export function authorization(): SchemaOf<AuthorizationInput<Read>> {
  return group({
    aclFile: optional(
      path('the path of a file'),
      'Who may read and write which topics, in the format of Mosquitto',
    ),
    rules: optional(list(rule()), 'The same as rules of our own; the first that fits decides'),
    http: optional(
      group({
        ...hookKeys(),
        cacheSeconds: optional(duration('s', 0, 86_400), 'How long an answer is remembered', {
          fallback: '10 s',
        }),
      }),
      'A service of yours that is asked about what no rule says anything of',
    ),
    otherwise: optional(
      choice(['deny', 'allow']),
      'What holds where neither a rule, the service nor the file says anything',
      { fallback: 'deny' },
    ),
  })
}

function rule(): SchemaOf<RuleInput> {
  const actions = some(choice(['publish', 'subscribe']))
  return group(
    {
      allow: optional(actions, 'What is allowed: publish, subscribe'),
      deny: optional(actions, 'What is denied'),
      topics: required(
        some(text('a topic filter')),
        'The topics that it is about; %u and %c stand for user name and Client Identifier',
      ),
      users: optional(some(text('a user name')), 'The users that it is about'),
      clients: optional(some(text('a Client Identifier')), 'The clients that it is about'),
      addresses: optional(some(addressRange()), 'Where the clients come from that it is about'),
      anonymous: optional(flag(), 'Whether it is about clients without a user name, or with one'),
      qos: optional(some(numberChoice([0, 1, 2])), 'The QoS that it is about'),
      retain: optional(flag(), 'Whether it is about messages to be retained, or about others'),
    },
    ({ allow, deny }, complain) => {
      if (allow === undefined && deny === undefined) {
        complain(undefined, 'neither allows nor denies: say allow or deny, with what')
      } else if (allow !== undefined && deny !== undefined) {
        complain('deny', 'contradicts allow: make two rules of it, in the order that is meant')
      }
    },
  )
}
