/** Broken configurations in YAML: who gets in, limits, and everything else. */
import { lines } from './broken.ts'
import type { Broken } from './broken.ts'

export const BROKEN_REST: readonly Broken[] = [
  {
    what: 'everybody let in by silence',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt://0.0.0.0:1883'),
    sentences: [
      'a.yaml:2:5: listeners[0] is open to everybody who reaches mqtt://0.0.0.0:1883, and nothing says that it may be: add authentication.passwordFile (or another way to log in), or authentication.anonymous: true if it may',
    ],
  },
  {
    what: 'nobody let in',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://0.0.0.0:1883',
      'authentication:',
      '  anonymous: false',
    ),
    sentences: [
      'a.yaml:2:5: listeners[0] lets nobody in: anonymous is false, and there is no way to log in: add authentication.passwordFile, or another way to log in',
    ],
  },
  {
    what: 'yes for true',
    file: 'a.yaml',
    text: lines('authentication:', '  anonymous: yes'),
    sentences: [
      'a.yaml:2:3: authentication.anonymous is "yes", and has to be true or false: write true',
    ],
  },
  {
    what: 'a path that is left out',
    file: 'a.yaml',
    text: lines('authentication:', '  passwordFile:'),
    sentences: [
      'a.yaml:2:3: authentication.passwordFile is empty, and has to be the path of a file',
    ],
  },
  {
    what: 'a secret that is short, and not shown',
    file: 'a.yaml',
    text: lines('authentication:', '  jwt: { secret: hunter2 }'),
    sentences: [
      'a.yaml:2:10: authentication.jwt.secret is a text, and has to be a text of 32 characters or more',
    ],
  },
  {
    what: 'two keys for tokens',
    file: 'a.yaml',
    text: lines(
      'authentication:',
      '  jwt:',
      '    publicKeyFile: key.pem',
      '    jwksUrl: https://login.example/jwks',
    ),
    sentences: [
      'a.yaml:4:5: authentication.jwt.jwksUrl contradicts publicKeyFile: one of them says what tokens are verified with',
    ],
  },
  {
    what: 'no key for tokens',
    file: 'a.yaml',
    text: lines('authentication:', '  jwt: { issuer: [me] }'),
    sentences: [
      'a.yaml:2:3: authentication.jwt says nothing that tokens are verified with: it needs secret, secretFile, publicKeyFile, jwksUrl or jwksFile',
    ],
  },
  {
    what: 'an algorithm that is not for the key',
    file: 'a.yaml',
    text: lines('authentication:', '  jwt: { publicKeyFile: key.pem, algorithms: [HS256] }'),
    sentences: [
      'a.yaml:2:34: authentication.jwt.algorithms has HS256, which a token cannot have that publicKeyFile is to verify',
    ],
  },
  {
    what: 'certificates without a listener that asks for them',
    file: 'a.yaml',
    text: lines('authentication:', '  certificate: { username: cn }'),
    sentences: [
      'a.yaml:2:3: authentication.certificate is for listeners with tls.clientCa, and there is none',
    ],
  },
  {
    what: 'a service without a URL',
    file: 'a.yaml',
    text: lines('authentication:', '  http: { timeoutMs: 1 s }'),
    sentences: ['a.yaml:2:3: authentication.http has no url, where the service is asked'],
  },
  {
    what: 'a rule that neither allows nor denies',
    file: 'a.yaml',
    text: lines('authorization:', '  rules:', "    - topics: ['#']"),
    sentences: [
      'a.yaml:3:7: authorization.rules[0] neither allows nor denies: say allow or deny, with what',
    ],
  },
  {
    what: 'a rule that does both',
    file: 'a.yaml',
    text: lines(
      'authorization:',
      '  rules:',
      "    - { allow: [publish], deny: [subscribe], topics: ['#'] }",
    ),
    sentences: [
      'a.yaml:3:27: authorization.rules[0].deny contradicts allow: make two rules of it, in the order that is meant',
    ],
  },
  {
    what: 'a rule without topics',
    file: 'a.yaml',
    text: lines('authorization:', '  rules:', '    - allow: [publish]'),
    sentences: [
      'a.yaml:3:7: authorization.rules[0].topics is missing, and has to be a list, each of it a topic filter',
    ],
  },
  {
    what: 'a rule with an action that is a slip',
    file: 'a.yaml',
    text: lines('authorization:', '  rules:', "    - { allow: [publsh], topics: ['#'] }"),
    sentences: [
      'a.yaml:3:17: authorization.rules[0].allow[0] is "publsh", and has to be publish or subscribe: did you mean publish?',
    ],
  },
  {
    what: 'a size with a unit that is none',
    file: 'a.yaml',
    text: lines('limits:', '  packetBytesMax: 64 KB'),
    sentences: [
      'a.yaml:2:3: limits.packetBytesMax is "64 KB", and has to be a whole number of bytes, 1 or more, or a text such as 64 KiB: its unit is B, kB, MB, GB, TB, KiB, MiB, GiB or TiB',
    ],
  },
  {
    what: 'a size below zero',
    file: 'a.yaml',
    text: lines('limits:', '  packetBytesMax: -1'),
    sentences: [
      'a.yaml:2:3: limits.packetBytesMax is -1, and has to be a whole number of bytes, 1 or more, or a text such as 64 KiB',
    ],
  },
  {
    what: 'a time with a unit that is none',
    file: 'a.yaml',
    text: lines('limits:', '  connectTimeoutMs: 10 sec'),
    sentences: [
      'a.yaml:2:3: limits.connectTimeoutMs is "10 sec", and has to be a whole number of milliseconds, from 1 to 2147483647, or a text such as 500 ms: its unit is ms, s, min, h or d',
    ],
  },
  {
    what: 'a number in quotes',
    file: 'a.yaml',
    text: lines('limits:', '  subscriptionsMax: "100"'),
    sentences: [
      'a.yaml:2:3: limits.subscriptionsMax is "100", and has to be a whole number from 1 to 2147483647: write it without quotes',
    ],
  },
  {
    what: 'a limit that is no whole number',
    file: 'a.yaml',
    text: lines('limits:', '  subscriptionsMax: 1.5'),
    sentences: [
      'a.yaml:2:3: limits.subscriptionsMax is 1.5, and has to be a whole number from 1 to 2147483647',
    ],
  },
  {
    what: 'a key called __proto__',
    file: 'a.yaml',
    text: lines('__proto__: { admin: true }'),
    sentences: [
      'a.yaml:1:1: __proto__ is not known: there are listeners, authentication, authorization, limits, rates, capabilities, backlogPolicy, shareStrategy, durability, data, log, metrics, admin, tracing, sys, stop',
    ],
  },
  {
    what: 'a level of the log that is a slip',
    file: 'a.yaml',
    text: lines('log: { level: wran }'),
    sentences: [
      'a.yaml:1:8: log.level is "wran", and has to be silent, fatal, error, warn, info, debug or trace: did you mean warn?',
    ],
  },
  {
    what: 'a ratio above one',
    file: 'a.yaml',
    text: lines('tracing: { otlpUrl: "http://127.0.0.1:4318/v1/traces", sampleRatio: 10 }'),
    sentences: ['a.yaml:1:56: tracing.sampleRatio is 10, and has to be a number from 0 to 1'],
  },
  {
    what: 'metrics at the address of a listener',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://127.0.0.1:9090',
      'metrics: { url: "http://127.0.0.1:9090" }',
    ),
    sentences: [
      'a.yaml:3:12: metrics.url is http://127.0.0.1:9090, where listeners[0].url listens already, which is mqtt://127.0.0.1:9090',
    ],
  },
  {
    what: 'administration that nobody may use',
    file: 'a.yaml',
    text: lines('admin: { url: "http://127.0.0.1:8081" }'),
    sentences: ['a.yaml:1:1: admin has no tokenFile, and nobody could administer'],
  },
  {
    what: 'a token without a scope',
    file: 'a.yaml',
    text: lines(
      'admin: { url: "http://127.0.0.1:8081", tokens: [hunter2hunter2hunter2hunter2hunter2] }',
    ),
    sentences: [
      'a.yaml:1:49: admin.tokens[0] is a text, and has to be a token such as deploy:write:SECRET, with a secret of 32 characters or more',
    ],
  },
  {
    what: 'data without durability',
    file: 'a.yaml',
    text: lines('durability: memory', 'data: here'),
    sentences: [
      'a.yaml:2:1: data contradicts durability: memory keeps nothing; leave it out, or say fsync or os',
    ],
  },
  {
    what: 'a server to go to, and no word of it',
    file: 'a.yaml',
    text: lines('stop: { serverReference: other.example }'),
    sentences: ['a.yaml:1:9: stop.serverReference is told with reason: use-another-server only'],
  },
  {
    what: 'commands to a terminal',
    file: 'a.yaml',
    text: lines('log: { level: "\\e[31m\\x9b\\u202e" }'),
    sentences: [
      'a.yaml:1:8: log.level is "\\u001b[31m\\u009b\\u202e", and has to be silent, fatal, error, warn, info, debug or trace',
    ],
  },
  {
    what: 'all that is wrong at once',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://127.0.0.1',
      '    tsl: {}',
      'log: { level: loud }',
      'limits: { sessionsMax: 0 }',
    ),
    sentences: [
      'a.yaml:3:5: listeners[0].tsl is not known: did you mean tls?',
      'a.yaml:4:8: log.level is "loud", and has to be silent, fatal, error, warn, info, debug or trace',
      'a.yaml:5:11: limits.sessionsMax is 0, and has to be a whole number from 1 to 2147483647',
    ],
  },
  {
    what: 'a file with nothing but comments',
    file: 'a.yaml',
    text: lines('# listeners:'),
    sentences: [
      'a.yaml: says nothing: write what is to be so, or leave it out if the defaults are meant',
    ],
  },
  {
    what: 'a slip with two letters swapped',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtts://127.0.0.1', '    tsl: { certificate: a, key: b }'),
    sentences: [
      'a.yaml:2:5: listeners[0].tls is missing, with a certificate and a key: mqtts is encrypted',
      'a.yaml:3:5: listeners[0].tsl is not known: did you mean tls?',
    ],
  },
]
