/** mosquitto.conf as it is: what it comes to, and that nothing in it is ignored in silence. */
import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfiguration } from '../../src/configuration/loading.ts'
import { DIRECTIVES, mosquittoLayer } from '../../src/configuration/mosquitto/mosquitto-file.ts'
import type { Path } from '../../src/configuration/wording.ts'
import { noticeText } from '../../src/configuration/notice.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { lines } from './broken.ts'
import { loadText, sentencesOf } from './loaded.ts'
import { DIRECTIVES_OF_MOSQUITTO, SAMPLES } from './mosquitto-samples.ts'

describe('a whole mosquitto.conf', () => {
  it('as Debian has it is open to this machine, and keeps what it kept', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(directory.at('conf.d'))
    await writeFile(
      directory.at('mosquitto.conf'),
      lines(
        '# Place your local configuration in /etc/mosquitto/conf.d/',
        'pid_file /run/mosquitto/mosquitto.pid',
        '',
        'persistence true',
        'persistence_location /var/lib/mosquitto/',
        '',
        'log_dest file /var/log/mosquitto/mosquitto.log',
        '',
        `include_dir ${directory.at('conf.d')}`,
      ),
    )
    const { configuration, notices } = await load(directory.path)
    expect(configuration).toMatchObject({
      listeners: [{ url: 'mqtt://127.0.0.1:1883', authentication: { anonymous: true } }],
      keeping: { durability: 'fsync', directory: '/var/lib/mosquitto/godwit-broker' },
    })
    expect(notices.map(noticeText)).toEqual([
      'mosquitto.conf:2: pid_file is ignored: the service manager knows the process',
      'mosquitto.conf:7: log_dest file is ignored: the log goes to stderr, and the service manager keeps it',
      'mosquitto.conf:9: include_dir has no .conf',
      'mosquitto.conf:4: persistence is kept elsewhere: godwit-broker data import ' +
        '/var/lib/mosquitto/mosquitto.db takes up what Mosquitto kept',
      'mosquitto.conf: has no listener, so only this machine reaches the broker, ' +
        'at mqtt://127.0.0.1:1883: listener 1883 opens it to others',
      'mosquitto.conf: packets may have 1 MiB here, and 256 MiB in Mosquitto: max_packet_size says more',
    ])
  })

  it('as Home Assistant has it: four listeners, a password, rules', async () => {
    const { configuration, notices } = await loadText(
      'mosquitto.conf',
      lines(
        '##',
        'protocol mqtt',
        'user root',
        'log_dest stdout',
        'log_type error',
        'log_type warning',
        'log_type notice',
        'log_type information',
        'persistence true',
        'persistence_location /data/',
        'allow_anonymous false',
        'password_file /etc/mosquitto/pw',
        'acl_file /etc/mosquitto/acl',
        'max_packet_size 104857600',
        'listener 1883',
        'protocol mqtt',
        'listener 1884',
        'protocol websockets',
        'listener 8883',
        'protocol mqtt',
        'cafile /ssl/fullchain.pem',
        'certfile /ssl/fullchain.pem',
        'keyfile /ssl/privkey.pem',
        'require_certificate false',
        'listener 8884',
        'protocol websockets',
        'cafile /ssl/fullchain.pem',
        'certfile /ssl/fullchain.pem',
        'keyfile /ssl/privkey.pem',
        'require_certificate false',
      ),
    )
    expect(configuration.listeners.map(({ url }) => url)).toEqual([
      'mqtt://[::]:1883',
      'ws://[::]:1884',
      'mqtts://[::]:8883',
      'wss://[::]:8884',
    ])
    for (const listener of configuration.listeners) {
      expect(listener.authentication).toEqual({
        anonymous: false,
        passwordFile: '/etc/mosquitto/pw',
      })
      expect(listener.authorization.aclFile).toBe('/etc/mosquitto/acl')
    }
    expect(configuration).toMatchObject({
      limits: { packetBytesMax: 104_857_600 },
      keeping: { durability: 'fsync', directory: '/data/godwit-broker' },
      log: { level: 'info' },
    })
    expect(notices.map(({ about }) => about)).toEqual([
      'user',
      'log_dest',
      'persistence',
      'protocol',
      'cafile',
      'require_certificate',
      'cafile',
      'require_certificate',
    ])
  })

  it('with settings for each listener', async () => {
    const { configuration } = await loadText(
      'mosquitto.conf',
      lines(
        'per_listener_settings true',
        'listener 1883 127.0.0.1',
        'allow_anonymous true',
        'listener 8883',
        'socket_domain ipv4',
        'certfile c.crt',
        'keyfile c.key',
        'cafile ca.crt',
        'crlfile ca.crl',
        'require_certificate true',
        'use_identity_as_username true',
        'tls_version tlsv1.3',
        'acl_file acl',
        'max_connections 50',
        'max_qos 1',
        'accept_protocol_versions 4,5',
        'listener 0 /run/mosquitto.sock',
        'password_file pw',
        'listener 9001 2001:db8::1',
        'protocol websockets',
        'websockets_origin https://a.example',
        'websockets_origin https://b.example',
        'listener_allow_anonymous true',
      ),
    )
    expect(configuration.listeners).toMatchObject([
      { url: 'mqtt://127.0.0.1:1883', authentication: { anonymous: true } },
      {
        url: 'mqtts://0.0.0.0:8883',
        tls: { clientCertificate: 'require', minVersion: 'TLSv1.3' },
        versions: [4, 5],
        connectionsMax: 50,
        capabilities: { maximumQoS: 1 },
        authentication: { anonymous: false, certificate: { username: 'cn' } },
      },
      { url: 'mqtt+unix:///run/mosquitto.sock', authentication: { anonymous: false } },
      {
        url: 'ws://[2001:db8::1]:9001',
        origins: ['https://a.example', 'https://b.example'],
        authentication: { anonymous: true },
      },
    ])
  })

  it('with the limits that there are', async () => {
    const { configuration } = await loadText(
      'mosquitto.conf',
      lines(
        'max_inflight_messages 0',
        'max_queued_messages 500',
        'max_queued_bytes 1000000',
        'max_keepalive 300',
        'persistent_client_expiration 2w',
        'sys_interval 30',
        'retain_available false',
        'global_max_connections 10',
        'global_max_clients 20',
      ),
    )
    expect(configuration).toMatchObject({
      limits: {
        inFlightMax: 65_535,
        inFlightMaxV3: 65_535,
        backlogMessagesMax: 500,
        storedBacklogMessagesMax: 500,
        backlogBytesMax: 1_000_000,
        storedBacklogBytesMax: 1_000_000,
        keepAliveSecondsMax: 300,
        sessionExpirySecondsMax: 1_209_600,
        connectionsMax: 10,
        sessionsMax: 20,
      },
      sys: { everySeconds: 30 },
      capabilities: { retainAvailable: false },
      keeping: { durability: 'memory' },
    })
  })
})

describe('what stands before the first listener', () => {
  it('opens a listener of its own, as in Mosquitto 2.0.11, and that is told', async () => {
    const text = lines('max_connections 5', 'allow_anonymous true', 'listener 2883 127.0.0.1')
    const { configuration, notices } = await loadText('a.conf', text)
    expect(configuration.listeners).toMatchObject([
      { url: 'mqtt://[::]:1883', connectionsMax: 5 },
      { url: 'mqtt://127.0.0.1:2883' },
    ])
    expect(notices.map(noticeText)).toContain(
      'a.conf:1: max_connections opens a listener at port 1883, as in Mosquitto: ' +
        'it stands before the others',
    )
  })

  it('is about none where it says what is so in any case', async () => {
    const text = lines('protocol mqtt', 'allow_anonymous true', 'listener 2883 127.0.0.1')
    const { configuration, notices } = await loadText('a.conf', text)
    expect(configuration.listeners).toHaveLength(1)
    expect(notices.map(noticeText)).toContain(
      'a.conf:1: protocol stands before the first listener, and is about none',
    )
  })

  it('may be port and bind_address, which have been that listener for long', async () => {
    const text = lines('port 2883', 'bind_address 127.0.0.1', 'allow_anonymous true')
    const { configuration } = await loadText('a.conf', text)
    expect(configuration.listeners.map(({ url }) => url)).toEqual(['mqtt://127.0.0.1:2883'])
  })
})

describe('include_dir', () => {
  it('has the files that end with .conf, in their order, and they have places of their own', async () => {
    await using directory = await temporaryDirectory()
    await mkdir(directory.at('conf.d'))
    await writeFile(directory.at('mosquitto.conf'), 'include_dir conf.d\nmax_packet_size 20\n')
    await writeFile(directory.at('conf.d/b.conf'), 'allow_anonymous true\n')
    await writeFile(directory.at('conf.d/a.conf'), 'listener 1883\nallow_anonymous false\n')
    await writeFile(directory.at('conf.d/README'), 'listener 1884\n')
    const { configuration, files, notices } = await load(directory.path)
    expect(configuration.listeners).toMatchObject([{ authentication: { anonymous: true } }])
    const names = ['mosquitto.conf', 'conf.d/a.conf', 'conf.d/b.conf'].map((name) =>
      directory.at(name),
    )
    expect(files).toEqual(names)
    expect(notices.map(noticeText)).toContain(
      `${directory.at('conf.d/a.conf')}:2: allow_anonymous does not count: ` +
        `${directory.at('conf.d/b.conf')}:1 says it again`,
    )
  })
})

describe('nothing is ignored in silence', () => {
  it('the table has every directive that Mosquitto has', () => {
    expect(DIRECTIVES_OF_MOSQUITTO.filter((name) => !DIRECTIVES.includes(name))).toEqual([])
  })

  it('each directive has samples', () => {
    expect(DIRECTIVES.filter((name) => !SAMPLES.has(name))).toEqual([])
  })

  it.each(['', 'listener 1883', 'per_listener_settings true\nlistener 1883'])(
    'each sample of each directive has an effect, a notice, or a fault behind %j',
    async (before) => {
      const without = JSON.stringify(await heard(before))
      const silent: string[] = []
      for (const [name, values] of SAMPLES) {
        for (const value of values) {
          const line = `${name} ${value}`
          if (JSON.stringify(await heard(`${before}\n${line}`)) === without) silent.push(line)
        }
      }
      expect(silent.filter((line) => !SO_IN_ANY_CASE.has(line))).toEqual([])
    },
  )

  it('and words that are none are faults', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[a-z_]{1,30}$/), async (word) => {
        fc.pre(!DIRECTIVES.includes(word) && !/^(auth|plugin)_opt_/.test(word))
        const sentences = await sentencesOf(loadText('a.conf', `${word} 1\n`))
        expect(sentences[0]).toMatch(`a.conf:1: ${word} is no directive of Mosquitto`)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the real Mosquitto', () => {
  it('refuses a word that is none, too', async () => {
    await using directory = await temporaryDirectory()
    const text = lines('listener 18839 127.0.0.1', 'allow_anonymous true', 'alow_anonymous true')
    await writeFile(directory.at('a.conf'), text)
    const run = promisify(execFile)('mosquitto', ['-c', directory.at('a.conf')])
    await expect(run).rejects.toThrow(/Unknown configuration variable .alow_anonymous/)
  })
})

async function load(directory: string) {
  return loadConfiguration({ file: 'mosquitto.conf', env: {}, flags: {}, directory })
}

/** What people write though it is what a listener speaks, and what the default is. */
const SO_IN_ANY_CASE = new Set(['protocol mqtt', 'per_listener_settings false'])

/** All that comes of a text: values, and which line says each of them; notices; or faults. */
async function heard(text: string): Promise<unknown> {
  try {
    const { layer, notices } = await mosquittoLayer({ name: 'a.conf', text }, join('/', 'nowhere'))
    const places = [...pathsIn(layer.tree, [])].map((path) => [path.join('.'), layer.placeOf(path)])
    return { tree: layer.tree, places, notices: notices.map(noticeText) }
  } catch (error) {
    return String(error)
  }
}

function* pathsIn(tree: unknown, path: Path): Generator<Path> {
  yield path
  if (typeof tree !== 'object' || tree === null) return
  for (const [name, value] of Object.entries(tree)) {
    yield* pathsIn(value, [...path, /^\d+$/.test(name) ? Number(name) : name])
  }
}
