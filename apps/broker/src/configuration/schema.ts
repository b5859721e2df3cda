/** The schema of the whole configuration. `together.ts` checks what its parts mean together. */
import { DEFAULT_DIRECTORY } from '../data-directory.ts'
import { DURABILITIES } from '../keeping.ts'
import { LOG_FORMATS, LOG_LEVELS } from '../log-terms.ts'
import { authentication, authorization } from './access-schema.ts'
import { httpUrl, origin } from './addresses.ts'
import type { AdminInput, ConfigurationInput, Read, StopInput } from './input.ts'
import { choice, duration, path, ratio, text } from './leaves.ts'
import { capabilities, limits } from './limits-schema.ts'
import { rates } from './rates-schema.ts'
import { listener } from './listener-schema.ts'
import { group, leaf, list, optional, some, structureOf } from './structure.ts'
import type { SchemaOf, Structure } from './structure.ts'

/** Reads a configuration whose layers were merged. */
export const CONFIGURATION: SchemaOf<ConfigurationInput<Read>> = group({
  listeners: optional(list(listener()), 'Where clients come from', {
    fallback: 'mqtt://127.0.0.1:1883',
  }),
  authentication: optional(authentication(), 'How clients get in'),
  authorization: optional(authorization(), 'What clients may do', { fallback: 'everything' }),
  limits: optional(limits(), 'What differs from the limits of the broker'),
  rates: optional(rates(), 'How fast clients may go'),
  capabilities: optional(capabilities(), 'What this broker offers to clients'),
  backlogPolicy: optional(
    choice(['drop-oldest', 'refuse']),
    'What happens when too much waits in a session',
    { fallback: 'drop-oldest', needsRestart: true },
  ),
  shareStrategy: optional(
    choice(['round-robin', 'sticky', 'least-in-flight', 'hash-topic']),
    'Who of those who share a subscription gets the next message',
    { fallback: 'round-robin', needsRestart: true },
  ),
  durability: optional(choice(DURABILITIES), 'What an acknowledged message survives', {
    fallback: 'fsync',
    needsRestart: true,
  }),
  data: optional(path('the path of a directory'), 'Where it is kept', {
    fallback: DEFAULT_DIRECTORY,
    needsRestart: true,
  }),
  log: optional(
    group({
      level: optional(choice(LOG_LEVELS), 'How much is logged', { fallback: 'info' }),
      format: optional(choice(LOG_FORMATS), 'For people, or for programs', {
        fallback: 'auto: pretty on a terminal, else json',
        needsRestart: true,
      }),
      file: optional(path('the path of a file'), 'Where it goes; SIGHUP opens it again', {
        fallback: 'stderr',
        needsRestart: true,
      }),
    }),
    'What is logged',
  ),
  metrics: optional(
    group({
      url: optional(
        httpUrl(['http'], 'http://127.0.0.1:9090'),
        'Where /metrics, /healthz and /readyz are',
      ),
    }),
    'Figures for Prometheus, and health',
    { fallback: 'off' },
  ),
  admin: optional(admin(), 'The HTTP API for administration', { fallback: 'off' }),
  tracing: optional(
    group({
      otlpUrl: optional(
        httpUrl(['http', 'https'], 'http://127.0.0.1:4318'),
        'Where OpenTelemetry spans go, as OTLP over HTTP',
        { needsRestart: true },
      ),
      sampleRatio: optional(ratio(), 'Which part of the messages is traced', {
        fallback: '0.01',
        needsRestart: true,
      }),
    }),
    'OpenTelemetry',
    { fallback: 'off' },
  ),
  sys: optional(
    group({
      everySeconds: optional(
        duration('s', 0, 86_400),
        'How often the topics under $SYS are brought up to date; 0 for never',
        { fallback: '10 s', needsRestart: true },
      ),
    }),
    'The topics under $SYS',
  ),
  stop: optional(stop(), 'How the broker ends'),
})

/** What it is made of. */
export const STRUCTURE: Structure = structureOf(CONFIGURATION)

function admin(): SchemaOf<AdminInput> {
  return group(
    {
      url: optional(httpUrl(['http'], 'http://127.0.0.1:8081'), 'Where it listens'),
      tokens: optional(
        list(adminToken()),
        'Who may administer, each with a name, read or write, and a secret',
      ),
      tokenFile: optional(path('the path of a file'), 'A file with a token on each line'),
      hosts: optional(
        some(text('a host name')),
        'The names by which it may be asked, beside addresses and localhost',
      ),
      origins: optional(some(origin()), 'The web pages that may ask it', { fallback: 'none' }),
    },
    ({ tokens, tokenFile }, complain) => {
      if (tokens !== undefined && tokenFile !== undefined) {
        complain('tokenFile', 'contradicts tokens: one of them says who may administer')
      } else if (tokens?.length === 0) {
        complain('tokens', 'is an empty list, and nobody could administer')
      }
    },
  )
}

function adminToken(): SchemaOf<string> {
  const written = '(sha256:[0-9a-fA-F]{64}|[A-Za-z0-9_.~+/-]{32,}=*)'
  const pattern = `^[A-Za-z0-9_.-]{1,64}:(read|write):${written}$`
  return leaf({
    wanted: 'a token such as deploy:write:SECRET, with a secret of 32 characters or more',
    json: { type: 'string', pattern },
    isSecret: true,
    read: (input) =>
      typeof input === 'string' && new RegExp(pattern).test(input) ? input : undefined,
  })
}

function stop(): SchemaOf<StopInput<Read>> {
  return group(
    {
      reason: optional(
        choice(['shutting-down', 'use-another-server']),
        'What MQTT 5.0 clients are told',
        { fallback: 'shutting-down' },
      ),
      serverReference: optional(text('a text such as other.example:1883'), 'Where they may go'),
      timeoutMs: optional(
        duration('ms', 1, 600_000),
        'How long clients may take over their last bytes',
        { fallback: '3 s' },
      ),
    },
    ({ reason, serverReference }, complain) => {
      if (serverReference !== undefined && reason !== 'use-another-server') {
        complain('serverReference', 'is told with reason: use-another-server only')
      }
    },
  )
}
