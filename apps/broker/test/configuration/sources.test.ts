/** Defaults, file, environment and flags: which of them counts, and how each is written. */
import { join, resolve } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environmentLayer, variableOf } from '../../src/configuration/environment.ts'
import { STRUCTURE } from '../../src/configuration/schema.ts'
import type { Structure } from '../../src/configuration/structure.ts'
import type { Path } from '../../src/configuration/wording.ts'
import { loadText, loadWithout, sentencesOf } from './loaded.ts'

const LOCAL = 'listeners: [{ url: "mqtt://127.0.0.1:0" }]\n'

describe('without anything said', () => {
  it('only this machine reaches the broker, which keeps everything', async () => {
    const { configuration } = await loadWithout({ flags: { data: '/d' } })
    expect(configuration).toMatchObject({
      listeners: [
        {
          name: 'mqtt-1883',
          url: 'mqtt://127.0.0.1:1883',
          authentication: { anonymous: true },
          authorization: { rules: [], otherwise: 'deny' },
        },
      ],
      keeping: { durability: 'fsync', directory: resolve('/d') },
      log: { level: 'info', format: 'auto' },
      sys: { everySeconds: 10 },
      stop: { reason: 'shutting-down', timeoutMs: 3000 },
      limits: { packetBytesMax: 1024 * 1024, closeTimeoutMs: 3000 },
    })
  })

  it('what was not asked for is off', async () => {
    const { configuration, files } = await loadWithout({ flags: { durability: 'memory' } })
    for (const key of ['metrics', 'admin', 'tracing']) expect(configuration).not.toHaveProperty(key)
    expect(files).toEqual([])
  })
})

describe('what counts', () => {
  const text = 'data: from-file\nlimits: { sessionsMax: 1, subscriptionsMax: 1 }\n'
  const env = { GODWIT_BROKER_DATA: 'from-env', GODWIT_BROKER_LIMITS_SESSIONS_MAX: '2' }

  it('is the file before the defaults', async () => {
    const { configuration } = await loadText('a.yaml', text)
    expect(configuration.limits).toMatchObject({ sessionsMax: 1, subscriptionsMax: 1 })
  })

  it('is the environment before the file, key by key', async () => {
    const { configuration, directory } = await loadText('a.yaml', text, { env })
    expect(configuration.limits).toMatchObject({ sessionsMax: 2, subscriptionsMax: 1 })
    expect(configuration.keeping).toMatchObject({ directory: join(directory, 'from-env') })
  })

  it('is a flag before all', async () => {
    const flags = { data: 'from-flag', set: ['limits.sessionsMax=3'] }
    const { configuration, directory } = await loadText('a.yaml', text, { env, flags })
    expect(configuration.limits).toMatchObject({ sessionsMax: 3, subscriptionsMax: 1 })
    expect(configuration.keeping).toMatchObject({ directory: join(directory, 'from-flag') })
  })

  it('is the value of a key of one item of a list', async () => {
    const two = 'listeners: [{ url: "mqtt://127.0.0.1:0" }, { url: "ws://127.0.0.1:0" }]\n'
    const { configuration } = await loadText('a.yaml', two, {
      env: { GODWIT_BROKER_LISTENERS_1_CONNECTIONS_MAX: '7' },
      flags: { set: ['listeners[0].name=first'] },
    })
    expect(configuration.listeners).toMatchObject([
      { name: 'first', url: 'mqtt://127.0.0.1:0' },
      { name: 'ws-0', url: 'ws://127.0.0.1:0', connectionsMax: 7 },
    ])
  })

  it('is what the environment takes the place of, even where the file is wrong', async () => {
    const { configuration } = await loadText('a.yaml', 'log: { level: loud }\n', {
      env: { GODWIT_BROKER_LOG_LEVEL: 'warn' },
    })
    expect(configuration.log.level).toBe('warn')
  })

  it('is not a variable that is empty', async () => {
    const { configuration } = await loadText('a.yaml', text, {
      env: { ...env, GODWIT_BROKER_LIMITS_SESSIONS_MAX: '' },
    })
    expect(configuration.limits.sessionsMax).toBe(1)
  })
})

describe('paths', () => {
  it('of a file start from the file, and it tells which files to watch', async () => {
    const text = 'authentication: { passwordFile: pw }\nauthorization: { aclFile: /etc/acl }\n'
    const { configuration, files, directory } = await loadText('a.yaml', text)
    expect(configuration.listeners[0]).toMatchObject({
      authentication: { passwordFile: join(directory, 'pw'), anonymous: false },
      authorization: { aclFile: resolve('/etc/acl') },
    })
    expect(files).toEqual([join(directory, 'a.yaml'), join(directory, 'pw'), resolve('/etc/acl')])
  })
})

describe('the environment', () => {
  it('has lists with commas, flags, sizes, and anything as JSON', async () => {
    const { configuration } = await loadWithout({
      env: {
        GODWIT_BROKER_LISTENERS: '[{"url":"ws://127.0.0.1:0"}]',
        GODWIT_BROKER_LISTENERS_0_ORIGINS: 'https://a.example, https://b.example',
        GODWIT_BROKER_LISTENERS_0_VERSIONS: '3.1.1,5.0',
        GODWIT_BROKER_AUTHENTICATION_ANONYMOUS: 'true',
        GODWIT_BROKER_LIMITS_PACKET_BYTES_MAX: '64 KiB',
        GODWIT_BROKER_DURABILITY: 'memory',
      },
    })
    expect(configuration).toMatchObject({
      listeners: [{ origins: ['https://a.example', 'https://b.example'], versions: [4, 5] }],
      limits: { packetBytesMax: 64 * 1024 },
    })
  })

  it('is named where it is wrong', async () => {
    const env = { GODWIT_BROKER_LIMITS_SESSIONS_MAX: 'many' }
    expect(await sentencesOf(loadWithout({ env }))).toEqual([
      'GODWIT_BROKER_LIMITS_SESSIONS_MAX: limits.sessionsMax is "many", ' +
        'and has to be a whole number from 1 to 2147483647',
    ])
  })

  it('may have a variable that is a slip, which is told and does no harm', async () => {
    const { notices } = await loadText('a.yaml', LOCAL, { env: { GODWIT_BROKER_DAAT: 'd' } })
    expect(notices).toEqual([
      {
        place: 'GODWIT_BROKER_DAAT',
        about: '',
        message: 'is no variable of this broker, and is ignored: did you mean GODWIT_BROKER_DATA?',
      },
    ])
  })

  it('may have those of the client, and of a service of Kubernetes', async () => {
    const env = {
      GODWIT_URL: 'mqtt://elsewhere',
      GODWIT_ADMIN_URL: 'http://elsewhere',
      GODWIT_BROKER_PORT: 'tcp://10.0.0.1:1883',
      GODWIT_BROKER_PORT_1883_TCP_ADDR: '10.0.0.1',
      GODWIT_BROKER_SERVICE_HOST: '10.0.0.1',
    }
    expect((await loadText('a.yaml', LOCAL, { env })).notices).toEqual([])
  })

  it('names the file', async () => {
    const file = '/nowhere/a.yaml'
    const sentences = await sentencesOf(loadWithout({ env: { GODWIT_BROKER_CONFIG: file } }))
    expect(sentences).toEqual([
      expect.stringMatching(/^\/nowhere\/a\.yaml: cannot be read: ENOENT/),
    ])
  })

  it('has one variable for each key, and finds it', () => {
    const paths = [...leafPaths(STRUCTURE, [])]
    const names = paths.map(variableOf)
    expect(new Set(names).size).toBe(names.length)
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        const name = variableOf(path)
        const { layer, unknown } = environmentLayer({ [name]: '1' }, '/')
        expect(unknown).toEqual([])
        expect(layer.placeOf(path)).toBe(name)
      }),
    )
  })
})

describe('flags', () => {
  it('say where to listen', async () => {
    const flags = { host: '::1', port: 0, wsPort: 8080, durability: 'memory' }
    const { configuration } = await loadWithout({ flags })
    expect(configuration.listeners.map(({ url }) => url)).toEqual([
      'mqtt://[::1]:0',
      'ws://[::1]:8080',
    ])
  })

  it('open the broker to others only with a word about it', async () => {
    const host = '0.0.0.0'
    expect(await sentencesOf(loadWithout({ flags: { host } }))).toEqual([
      '--host: listeners[0] is open to everybody who reaches mqtt://0.0.0.0:1883, ' +
        'and nothing says that it may be: add --password-file FILE, or --anonymous if it may',
    ])
    const open = await loadWithout({ flags: { host, anonymous: true, durability: 'memory' } })
    expect(open.configuration.listeners[0]).toMatchObject({ authentication: { anonymous: true } })
    const closed = await loadWithout({ flags: { host, passwordFile: 'pw', durability: 'memory' } })
    expect(closed.configuration.listeners[0]).toMatchObject({
      authentication: { anonymous: false, passwordFile: resolve('/nowhere/pw') },
    })
  })

  it('do not take the place of the listeners of a file', async () => {
    expect(await sentencesOf(loadText('a.yaml', LOCAL, { flags: { port: 1 } }))).toEqual([
      '--port: says where to listen, and so does a.yaml:1:1: ' +
        'leave it out, or change one of those with --set listeners[0].url=URL',
    ])
  })

  it('that set a key which is a slip say so', async () => {
    const flags = { set: ['limits.sesionsMax=1'] }
    expect(await sentencesOf(loadWithout({ flags }))).toEqual([
      '--set limits.sesionsMax: limits.sesionsMax is not known: did you mean sessionsMax?',
    ])
  })
})

describe('--dev', () => {
  it('is open to everybody, speaks WebSocket, and keeps nothing', async () => {
    const { configuration } = await loadWithout({ flags: { dev: true } })
    expect(configuration).toMatchObject({
      listeners: [
        { url: 'mqtt://0.0.0.0:1883', authentication: { anonymous: true } },
        { url: 'ws://0.0.0.0:8080', authentication: { anonymous: true } },
      ],
      keeping: { durability: 'memory' },
      log: { format: 'pretty' },
    })
  })

  it('takes other ports and hosts', async () => {
    const flags = { dev: true, host: '127.0.0.1', port: 2883, wsPort: 0 }
    const { configuration } = await loadWithout({ flags })
    expect(configuration.listeners.map(({ url }) => url)).toEqual([
      'mqtt://127.0.0.1:2883',
      'ws://127.0.0.1:0',
    ])
  })

  it('does not open what a file says', async () => {
    expect(await sentencesOf(loadText('a.yaml', LOCAL, { flags: { dev: true } }))).toEqual([
      '--dev: is a configuration of its own, and so is a.yaml: leave out one of them',
    ])
  })
})

function* leafPaths(structure: Structure, path: Path): Generator<Path> {
  if (structure.type === 'leaf') yield path
  else if (structure.type === 'list') yield* leafPaths(structure.item, [...path, 0])
  else for (const [name, key] of structure.keys) yield* leafPaths(key.structure, [...path, name])
}
