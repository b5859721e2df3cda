/** Broken configurations in YAML: their form, their keys, and their listeners. */
import { A_URL, lines } from './broken.ts'
import type { Broken } from './broken.ts'

export const BROKEN_LISTENERS: readonly Broken[] = [
  {
    what: 'a tab where YAML wants spaces',
    file: 'a.yaml',
    text: lines('listeners:', '\t- url: mqtt://127.0.0.1'),
    sentences: ['a.yaml:2:1: this is no YAML: Tabs are not allowed as indentation'],
  },
  {
    what: 'two keys of one name',
    file: 'a.yaml',
    text: lines('data: a', 'log: { level: info }', 'data: b'),
    sentences: ['a.yaml:3:1: this key stands for the second time: keep one of both'],
  },
  {
    what: 'a text that does not end',
    file: 'a.yaml',
    text: lines('data: "abc'),
    sentences: ['a.yaml:2:1: this is no YAML: Missing closing "quote'],
  },
  {
    what: 'an alias of nothing',
    file: 'a.yaml',
    text: lines('log: *level'),
    sentences: ['a.yaml:1:6: *level is not there: no &level'],
  },
  {
    what: 'a file that is a list',
    file: 'a.yaml',
    text: lines('- url: mqtt://127.0.0.1'),
    sentences: ['a.yaml:1:1: is a list, and has to be a mapping of keys'],
  },
  {
    what: 'a file that is a text',
    file: 'a.yaml',
    text: lines('listen everywhere'),
    sentences: ['a.yaml:1:1: is "listen everywhere", and has to be a mapping of keys'],
  },
  {
    what: 'a key that is a slip',
    file: 'a.yaml',
    text: lines('listners:', '  - url: mqtt://127.0.0.1'),
    sentences: ['a.yaml:1:1: listners is not known: did you mean listeners?'],
  },
  {
    what: 'a key in another spelling',
    file: 'a.yaml',
    text: lines('authentication:', '  password_file: pw'),
    sentences: [
      'a.yaml:2:3: authentication.password_file is not known: did you mean passwordFile?',
    ],
  },
  {
    what: 'a key at the wrong place',
    file: 'a.yaml',
    text: lines('passwordFile: pw'),
    sentences: ['a.yaml:1:1: passwordFile is not known: did you mean authentication.passwordFile?'],
  },
  {
    what: 'a key of nothing',
    file: 'a.yaml',
    text: lines('frobnicate: true'),
    sentences: [
      'a.yaml:1:1: frobnicate is not known: there are listeners, authentication, authorization, limits, rates, capabilities, backlogPolicy, shareStrategy, durability, data, log, metrics, admin, tracing, sys, stop',
    ],
  },
  {
    what: 'a limit that is none',
    file: 'a.yaml',
    text: lines('limits:', '  frobnicationsMax: 3'),
    sentences: [
      'a.yaml:2:3: limits.frobnicationsMax is not known: the documentation lists all 37 keys',
    ],
  },
  {
    what: 'a listener without a URL',
    file: 'a.yaml',
    text: lines('listeners:', '  - name: lan'),
    sentences: ['a.yaml:2:5: listeners[0].url is missing' + A_URL],
  },
  {
    what: 'listeners that are no list',
    file: 'a.yaml',
    text: lines('listeners:', '  url: mqtt://127.0.0.1'),
    sentences: ['a.yaml:1:1: listeners is a mapping of keys, and has to be a list'],
  },
  {
    what: 'an empty list of listeners',
    file: 'a.yaml',
    text: lines('listeners: []'),
    sentences: ['a.yaml:1:1: listeners is an empty list, and nobody could connect'],
  },
  {
    what: 'a listener that is a text',
    file: 'a.yaml',
    text: lines('listeners:', '  - mqtt://127.0.0.1'),
    sentences: ['a.yaml:2:5: listeners[0] is "mqtt://127.0.0.1", and has to be a mapping of keys'],
  },
  {
    what: 'a scheme of others',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: tcp://127.0.0.1:1883'),
    sentences: [
      'a.yaml:2:5: listeners[0].url is "tcp://127.0.0.1:1883"' +
        A_URL +
        ': did you mean mqtt://127.0.0.1:1883?',
    ],
  },
  {
    what: 'a scheme that is a slip',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqt://127.0.0.1:1883'),
    sentences: [
      'a.yaml:2:5: listeners[0].url is "mqt://127.0.0.1:1883"' +
        A_URL +
        ': did you mean mqtt://127.0.0.1:1883?',
    ],
  },
  {
    what: 'an address without a scheme',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: 127.0.0.1:1883'),
    sentences: [
      'a.yaml:2:5: listeners[0].url is "127.0.0.1:1883"' +
        A_URL +
        ': write what it speaks in front, such as mqtt://',
    ],
  },
  {
    what: 'a password in a URL',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt://ann:secret@127.0.0.1'),
    sentences: [
      'a.yaml:2:5: listeners[0].url is "mqtt://…@127.0.0.1"' +
        A_URL +
        ': who may log in is said under authentication',
    ],
  },
  {
    what: 'two listeners at one address',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt://127.0.0.1', '  - url: mqtt://127.0.0.1:1883'),
    sentences: [
      'a.yaml:3:5: listeners[1].url is mqtt://127.0.0.1:1883, where listeners[0].url listens already',
    ],
  },
  {
    what: 'a listener where all addresses are taken',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://0.0.0.0:1883',
      '    anonymous: true',
      '  - url: ws://127.0.0.1:1883',
    ),
    sentences: [
      'a.yaml:4:5: listeners[1].url is ws://127.0.0.1:1883, where listeners[0].url listens already, which is mqtt://0.0.0.0:1883',
    ],
  },
  {
    what: 'two listeners of one name',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - { name: lan, url: mqtt://127.0.0.1 }',
      '  - { name: lan, url: ws://127.0.0.1:8080 }',
    ),
    sentences: [
      'a.yaml:3:7: listeners[1].name is "lan", as listeners[0] is called: each needs a name of its own',
    ],
  },
  {
    what: 'TLS without a certificate',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtts://127.0.0.1'),
    sentences: [
      'a.yaml:2:5: listeners[0].tls is missing, with a certificate and a key: mqtts is encrypted',
    ],
  },
  {
    what: 'TLS without a key',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtts://127.0.0.1', '    tls: { certificate: server.crt }'),
    sentences: ['a.yaml:3:5: listeners[0].tls.key is missing: the path of a file, as PEM'],
  },
  {
    what: 'a certificate for a URL that is not encrypted',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://127.0.0.1',
      '    tls: { certificate: server.crt, key: server.key }',
    ),
    sentences: [
      'a.yaml:3:5: listeners[0].tls contradicts url, which is not encrypted: write mqtts:// there, or take it away',
    ],
  },
  {
    what: 'a version of TLS that there is not',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtts://127.0.0.1',
      '    tls: { certificate: a, key: b, minVersion: TLSv1.4 }',
    ),
    sentences: [
      'a.yaml:3:36: listeners[0].tls.minVersion is "TLSv1.4", and has to be TLSv1.2 or TLSv1.3: did you mean TLSv1.2?',
    ],
  },
  {
    what: 'certificates of clients that nobody verifies',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtts://127.0.0.1',
      '    tls: { certificate: a, key: b, clientCertificate: require }',
    ),
    sentences: [
      'a.yaml:3:36: listeners[0].tls.clientCertificate is "require", which needs clientCa to verify it by',
    ],
  },
  {
    what: 'revocations without an authority',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtts://127.0.0.1',
      '    tls: { certificate: a, key: b, revocations: c }',
    ),
    sentences: [
      'a.yaml:3:36: listeners[0].tls.revocations needs clientCa, who signs the certificates that are revoked',
    ],
  },
  {
    what: 'a version of MQTT that there is not',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt://127.0.0.1', "    versions: ['4.0']"),
    sentences: [
      "a.yaml:3:16: listeners[0].versions[0] is \"4.0\", and has to be '3.1', '3.1.1' or '5.0'",
    ],
  },
  {
    what: 'origins for TCP',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt://127.0.0.1', "    origins: ['https://app.example']"),
    sentences: ['a.yaml:3:5: listeners[0].origins is for ws and wss, and url is mqtt'],
  },
  {
    what: 'an origin with a path',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: ws://127.0.0.1:8080',
      "    origins: ['https://app.example/']",
    ),
    sentences: [
      'a.yaml:3:15: listeners[0].origins[0] is "https://app.example/", and has to be the origin of a page such as https://app.example, without a path: did you mean https://app.example?',
    ],
  },
  {
    what: 'a proxy that is no address',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: ws://127.0.0.1:8080',
      '    trustedProxies: [proxy.example]',
    ),
    sentences: [
      'a.yaml:3:22: listeners[0].trustedProxies[0] is "proxy.example", and has to be an address or a range of addresses such as 10.0.0.0/8 or fd00::/8',
    ],
  },
  {
    what: 'a range with too many bits',
    file: 'a.yaml',
    text: lines(
      'listeners:',
      '  - url: mqtt://127.0.0.1',
      '    proxyProtocol: { from: [10.0.0.0/33] }',
    ),
    sentences: [
      'a.yaml:3:29: listeners[0].proxyProtocol.from[0] is "10.0.0.0/33", and has to be an address or a range of addresses such as 10.0.0.0/8 or fd00::/8',
    ],
  },
  {
    what: 'a mode of a socket that YAML read as a number',
    file: 'a.yaml',
    text: lines('listeners:', '  - url: mqtt+unix:///run/godwit.sock', '    mode: 0660'),
    sentences: [
      "a.yaml:3:5: listeners[0].mode is 660, and has to be three digits from 0 to 7 in quotes, such as '660'",
    ],
  },
]
