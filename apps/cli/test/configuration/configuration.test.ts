/** Configuration files: what stands in them, what may not, and what it counts beside flags. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { configurationText, usualPaths } from '../../src/configuration/file.ts'
import { nearMiss } from '../../src/configuration/near-miss.ts'
import { parseConfiguration } from '../../src/configuration/parsing.ts'
import { addConnectionFlags, connectionOf } from '../../src/connection-flags.ts'
import type { ConnectionFlags } from '../../src/connection-flags.ts'

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))
afterEach(() => vi.unstubAllEnvs())

const { options } = addConnectionFlags(new Command())

const FILE = `
default: home
connections:
  home:
    url: mqtt://localhost:1884
    username: joe
    password: '0123'
  work:
    host: broker.example
    port: 8883
    ca-file: /etc/ca.pem
    clean-start: false
    client-id: me
    keep-alive: 30
    protocol-version: 3.1.1
    session-expiry: -1
    alpn: [mqtt, other]
    will-topic: gone
    will-retain: true
`

describe('a file', () => {
  it('holds values of flags by connection', () => {
    const { connections, default: chosen } = parseConfiguration({ path: 'c', text: FILE }, options)
    expect(chosen).toBe('home')
    expect(Object.fromEntries(connections.get('home') ?? [])).toEqual({
      url: 'mqtt://localhost:1884',
      username: 'joe',
      password: '0123',
    })
    expect(Object.fromEntries(connections.get('work') ?? [])).toEqual({
      host: 'broker.example',
      port: 8883,
      caFile: '/etc/ca.pem',
      cleanStart: false,
      clientId: 'me',
      keepAlive: 30,
      protocolVersion: 4,
      sessionExpiry: 0xffff_ffff,
      alpn: ['mqtt', 'other'],
      willTopic: 'gone',
      willRetain: true,
    })
  })

  it('may be JSON, or empty', () => {
    const json = '{"connections": {"a": {"port": 1}}}'
    expect(parseConfiguration({ path: 'c', text: json }, options).connections.get('a')).toEqual(
      new Map([['port', 1]]),
    )
    expect(parseConfiguration({ path: 'c', text: '' }, options).connections.size).toBe(0)
  })

  it.each([
    ['connections: [a', 'c, line 1, column 16: Flow sequence in block collection must'],
    ['- a', 'c, line 1, column 1: the file has to have the keys default and connections'],
    ['conections: {}', 'c, line 1, column 1: conections is not known: did you mean connections?'],
    ['x: 1', 'c, line 1, column 1: x is not known: there are default, connections'],
    ['default: 5', 'c, line 1, column 1: default is 5, and has to be a text'],
    ['connections: 5', 'c, line 1, column 1: connections has to be names with connections'],
    ['connections:\n  a: 5', 'c, line 2, column 3: connections.a has to be keys with values'],
    [
      'connections:\n  a:\n    usrname: x',
      'c, line 3, column 5: connections.a.usrname is not known: did you mean username?',
    ],
    [
      'connections:\n  a:\n    port: many',
      'c, line 3, column 5: connections.a.port is "many": it is a whole number from 1 to 65535',
    ],
    [
      'connections:\n  a:\n    password: 0123',
      'c, line 3, column 5: connections.a.password is 123, and has to be a text: put it in quotes',
    ],
    [
      'connections:\n  a:\n    host: [x]',
      'c, line 3, column 5: connections.a.host is a list, and has to be a text',
    ],
    [
      'connections:\n  a:\n    host: {}',
      'c, line 3, column 5: connections.a.host is a mapping, and has to be a text or a number',
    ],
    [
      'connections:\n  a:\n    host:',
      'c, line 3, column 5: connections.a.host is empty, and has to be a text or a number',
    ],
    [
      'connections:\n  a:\n    insecure: yes please',
      'c, line 3, column 5: connections.a.insecure is "yes please", and has to be true or false',
    ],
    [
      'connections:\n  a:\n    tls-version: ssl3',
      'c, line 3, column 5: connections.a.tls-version is "ssl3": allowed choices are tlsv1.3',
    ],
    [
      'default: hom\nconnections:\n  home: {}',
      'c, line 1, column 1: no connection is called hom: did you mean home?',
    ],
    ['default: x', 'c, line 1, column 1: no connection is called x: there is none'],
  ])('with %j is refused', (text, sentence) => {
    const parsing = (): unknown => parseConfiguration({ path: 'c', text }, options)
    expect(parsing).toThrow(sentence)
    expect(parsing).toThrow(expect.objectContaining({ exitCode: 1 }))
  })

  it('with names of the prototype does nothing to it', () => {
    const text = '{"connections": {"__proto__": {"port": 1}, "constructor": {"port": 2}}}'
    const { connections } = parseConfiguration({ path: 'c', text }, options)
    expect(connections.get('toString')).toBeUndefined()
    expect({}).not.toHaveProperty('port')
  })

  it('is looked for where XDG says, in YAML first', () => {
    expect(usualPaths({ XDG_CONFIG_HOME: '/x', HOME: '/h' })).toEqual([
      '/x/godwit/config.yaml',
      '/x/godwit/config.yml',
      '/x/godwit/config.json',
    ])
    expect(usualPaths({ HOME: '/h' })[0]).toBe('/h/.config/godwit/config.yaml')
    expect(usualPaths({ XDG_CONFIG_HOME: '', HOME: '/h' })[0]).toBe('/h/.config/godwit/config.yaml')
    const home = join(directory, 'xdg')
    mkdirSync(join(home, 'godwit'), { recursive: true })
    expect(configurationText(undefined, { XDG_CONFIG_HOME: home })).toBeUndefined()
    writeFileSync(join(home, 'godwit', 'config.json'), '{}')
    expect(configurationText(undefined, { XDG_CONFIG_HOME: home })?.text).toBe('{}')
    expect(() => configurationText('/none')).toThrow(
      'The configuration file /none cannot be read: ENOENT',
    )
  })
})

describe('a value comes from', () => {
  const path = join(directory, 'config.yaml')
  writeFileSync(path, FILE)

  /** What the flags come to with the file and an environment. */
  async function flags(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<ConnectionFlags> {
    vi.stubEnv('GODWIT_CONFIG', path)
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    const command = addConnectionFlags(new Command())
      .exitOverride()
      .action(() => {})
    await command.parseAsync(args, { from: 'user' })
    return command.opts<ConnectionFlags>()
  }

  it('the default connection, where nothing else says where to connect to', async () => {
    const values = await flags([])
    expect(connectionOf(values).url.href).toBe('mqtt://localhost:1884')
    expect(values).toMatchObject({ username: 'joe', password: '0123' })
  })

  it('flags alone, where they name the server: the password is for another one', async () => {
    for (const where of [
      ['-h', 'other'],
      ['-L', 'mqtt://other'],
      ['--unix', '/x'],
    ]) {
      const { username, password } = await flags(where)
      expect({ username, password }).toEqual({})
    }
  })

  it('a flag before the connection that is named', async () => {
    const values = await flags(['--connection', 'home', '-u', 'ann', '-p', '1885'])
    expect(values).toMatchObject({ username: 'ann', password: '0123' })
    expect(connectionOf(values).url.href).toBe('mqtt://localhost:1885')
  })

  it('the connection that a flag names before the environment', async () => {
    const environment = { GODWIT_URL: 'mqtt://env:1/', GODWIT_USERNAME: 'ann' }
    const values = await flags(['--connection', 'home'], environment)
    expect(values.username).toBe('joe')
    expect(connectionOf(values).url.href).toBe('mqtt://localhost:1884')
    vi.unstubAllEnvs()
    const other = await flags(['--connection', 'work'], environment)
    expect({ url: other.url, host: other.host }).toEqual({ host: 'broker.example' })
  })

  it('the environment before the connection that it names', async () => {
    const environment = { GODWIT_CONNECTION: 'home', GODWIT_USERNAME: 'ann' }
    expect(await flags([], environment)).toMatchObject({ username: 'ann', password: '0123' })
  })

  it('the environment alone, where it names the server', async () => {
    const values = await flags([], { GODWIT_URL: 'mqtt://env', GODWIT_PASSWORD: 'x' })
    expect(values).toMatchObject({ url: 'mqtt://env', password: 'x' })
    expect(values.username).toBeUndefined()
  })

  it('a host by flag instead of a URL of the environment', async () => {
    const values = await flags(['-h', 'other'], { GODWIT_URL: 'mqtt://joe:secret@env:1' })
    expect(connectionOf(values).url.href).toBe('mqtt://other')
  })

  it('a connection that is there, else it says which there are', async () => {
    await expect(flags(['--connection', 'hme'])).rejects.toMatchObject({
      message: `${path} has no connection called hme`,
      advice: 'did you mean home?',
    })
    await expect(flags(['--connection', 'xyzzy'])).rejects.toMatchObject({
      advice: 'there are home, work',
    })
    await expect(
      flags(['--connection', 'x'], { GODWIT_CONFIG: '', XDG_CONFIG_HOME: '/none' }),
    ).rejects.toMatchObject({ message: 'There is no configuration file for the connection x' })
  })
})

describe('the near miss', () => {
  it.each([
    ['usrname', 'username'],
    ['ca-flie', 'ca-file'],
    ['PORT', 'port'],
    ['hots', 'host'],
    ['entirely different', undefined],
    ['', undefined],
  ])('of %j is %j', (written, meant) => {
    expect(nearMiss(written, ['username', 'password', 'port', 'host', 'ca-file'])).toBe(meant)
  })
})
