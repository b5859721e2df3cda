/** Broken configurations in TOML, JSON, and the format of Mosquitto. */
import { lines } from './broken.ts'
import type { Broken } from './broken.ts'

export const BROKEN_FORMATS: readonly Broken[] = [
  {
    what: 'TOML that does not end',
    file: 'a.toml',
    text: lines('data = "abc'),
    sentences: ['a.toml:1:12: this is no TOML: control characters are not allowed in strings'],
  },
  {
    what: 'two keys of one name',
    file: 'a.toml',
    text: lines('data = "a"', 'data = "b"'),
    sentences: [
      'a.toml:2:1: this is no TOML: trying to redefine an already defined table or value',
    ],
  },
  {
    what: 'a slip',
    file: 'a.toml',
    text: lines('[authentication]', 'passwordFil = "pw"'),
    sentences: ['a.toml:2:1: authentication.passwordFil is not known: did you mean passwordFile?'],
  },
  {
    what: 'the second of two listeners',
    file: 'a.toml',
    text: lines(
      '[[listeners]]',
      'url = "mqtt://127.0.0.1"',
      '',
      '[[listeners]]',
      'url = "mqtt://127.0.0.1:2883"',
      '[listeners.tls]',
      'certificate = "c"',
      'key = "k"',
    ),
    sentences: [
      'a.toml:6:1: listeners[1].tls contradicts url, which is not encrypted: write mqtts:// there, or take it away',
    ],
  },
  {
    what: 'a value in a table in one line',
    file: 'a.toml',
    text: lines('log = { level = "loud" }'),
    sentences: [
      'a.toml:1:1: log.level is "loud", and has to be silent, fatal, error, warn, info, debug or trace',
    ],
  },
  {
    what: 'a comma at the end',
    file: 'a.json',
    text: lines('{', '  "data": "a",', '}'),
    sentences: ['a.json:3:1: this is no JSON: Expected double-quoted property name'],
  },
  {
    what: 'a comment',
    file: 'a.json',
    text: lines('{', '  // here', '  "data": "a"', '}'),
    sentences: ["a.json:2:3: this is no JSON: Expected property name or '}'"],
  },
  {
    what: 'two keys of one name',
    file: 'a.json',
    text: lines('{', '  "data": "a",', '  "data": "b"', '}'),
    sentences: ['a.json:3:3: this key stands for the second time: keep one of both'],
  },
  {
    what: 'a number for a path',
    file: 'a.json',
    text: lines('{', '  "data": 7', '}'),
    sentences: ['a.json:2:3: data is 7, and has to be the path of a directory: put it in quotes'],
  },
  {
    what: 'nothing at all',
    file: 'a.json',
    text: '',
    sentences: ['a.json:1:1: this is no JSON: Unexpected end of JSON input'],
  },
  {
    what: 'a file of another kind',
    file: 'a.ini',
    text: lines('port=1883'),
    sentences: [
      'a.ini: is no configuration by its ending, which is .yaml, .yml, .toml, .json, .ts, .mts, .js, .mjs or .conf',
    ],
  },
  {
    what: 'a directive that is a slip',
    file: 'a.conf',
    text: lines('listener 1883', 'alow_anonymous true'),
    sentences: [
      'a.conf:2: alow_anonymous is no directive of Mosquitto: did you mean allow_anonymous?',
    ],
  },
  {
    what: 'a listener that lets nobody in',
    file: 'a.conf',
    text: lines('listener 1883'),
    sentences: [
      'a.conf:1: listeners[0] lets nobody in: there is no password_file, and allow_anonymous is false where it is not there: add password_file FILE, or allow_anonymous true if everybody may come in',
    ],
  },
  {
    what: 'a port that is none',
    file: 'a.conf',
    text: lines('listener 99999', 'allow_anonymous true'),
    sentences: ['a.conf:1: listener is "99999", and has to be a whole number from 0 to 65535'],
  },
  {
    what: 'a plugin',
    file: 'a.conf',
    text: lines('plugin /usr/lib/mosquitto_dynamic_security.so', 'plugin_opt_config_file x.json'),
    sentences: [
      'a.conf:1: plugin is not there, and what it is to check would be open: see authentication and authorization',
      'a.conf:2: plugin_opt_config_file is not there, and what it is to check would be open: see authentication and authorization',
    ],
  },
  {
    what: 'a bridge',
    file: 'a.conf',
    text: lines('connection cloud', 'address mqtt.example:8883', 'topic # both 0'),
    sentences: [
      'a.conf:1: connection is not there: run the bridge with a Mosquitto beside it, and leave it out here',
    ],
  },
  {
    what: 'keys that are shared',
    file: 'a.conf',
    text: lines('listener 8883', 'psk_hint hint', 'psk_file psk', 'allow_anonymous true'),
    sentences: [
      'a.conf:2: psk_hint is not there, and clients would come in unencrypted: use certfile and keyfile',
      'a.conf:3: psk_file is not there, and clients would come in unencrypted: use certfile and keyfile',
    ],
  },
  {
    what: 'a flag that is none',
    file: 'a.conf',
    text: lines('allow_anonymous yes'),
    sentences: ['a.conf:1: allow_anonymous is "yes", and has to be true or false'],
  },
  {
    what: 'a time that is none',
    file: 'a.conf',
    text: lines('persistent_client_expiration 2 weeks'),
    sentences: [
      'a.conf:1: persistent_client_expiration is "2 weeks", and has to be a number with s, h, d, w, m or y behind it, such as 14d',
    ],
  },
  {
    what: 'a unix socket without a path',
    file: 'a.conf',
    text: lines('listener 0', 'allow_anonymous true'),
    sentences: ['a.conf:1: listener has the port 0, and needs the path of a unix socket behind it'],
  },
  {
    what: 'a certificate without a key',
    file: 'a.conf',
    text: lines('listener 8883', 'certfile c.crt', 'allow_anonymous true'),
    sentences: ['a.conf:2: listeners[0].tls.key is missing: the path of a file, as PEM'],
  },
  {
    what: 'settings of a listener too late',
    file: 'a.conf',
    text: lines('password_file pw', 'per_listener_settings true'),
    sentences: [
      'a.conf:2: per_listener_settings has to stand before the first line about who may come in',
    ],
  },
  {
    what: 'a directory that is not there',
    file: 'a.conf',
    text: lines('include_dir nowhere'),
    sentences: [
      'a.conf:1: include_dir names DIRECTORY/nowhere, which is no directory that can be read',
    ],
  },
  {
    what: 'an option of a bridge alone',
    file: 'a.conf',
    text: lines('remote_username ann'),
    sentences: ['a.conf:1: remote_username belongs behind a connection'],
  },
]
