/** The flags of `godwit-broker`, and what it says to those that it cannot follow. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { parseCommandLine } from '../src/command-line.ts'
import type { Order } from '../src/command-line.ts'
import type { Configuration } from '../src/configuration/configuration.ts'
import { loadConfiguration } from '../src/configuration/loading.ts'
import { defaultDataDirectory } from '../src/data-directory.ts'
import { run, startBroker } from './running-broker.ts'

vi.setConfig({ testTimeout: 30_000 })

describe('the flags', () => {
  it('default to MQTT at port 1883 for this machine only, without WebSocket', async () => {
    const { listeners, log } = await configured()
    expect(listeners.map(({ url }) => url)).toEqual(['mqtt://127.0.0.1:1883'])
    expect(log.level).toBe('info')
  })

  it('say where to listen and how much to log', async () => {
    const flags = ['--host', '::1', '--port', '0', '--ws-port=65535', '--log-level', 'silent']
    const { listeners, log } = await configured(...flags)
    expect(listeners.map(({ url }) => url)).toEqual(['mqtt://[::1]:0', 'ws://[::1]:65535'])
    expect(log.level).toBe('silent')
  })

  it('may let the system pick both ports', async () => {
    const { listeners } = await configured('--port', '0', '--ws-port', '0')
    expect(listeners.map(({ url }) => url)).toEqual(['mqtt://127.0.0.1:0', 'ws://127.0.0.1:0'])
  })

  it('take an IPv6 address as a URL spells it', async () => {
    const { listeners } = await configured('--host', '[::1]')
    expect(listeners[0]?.url).toBe('mqtt://[::1]:1883')
  })

  it('default to keeping everything on disk, in the folder for state of the user', async () => {
    const directory = defaultDataDirectory()
    expect((await configured()).keeping).toEqual({ durability: 'fsync', directory })
  })

  it('say what is kept and where', async () => {
    const { keeping } = await configured('--durability', 'os', '--data', 'd')
    expect(keeping).toEqual({ durability: 'os', directory: resolve('d') })
    const { keeping: nothing } = await configured('--durability', 'memory')
    expect(nothing).toEqual({ durability: 'memory' })
  })
})

describe('the commands about data', () => {
  it.each<[readonly string[], Order]>([
    [['check'], { type: 'check', json: false }],
    [['check', '--json', '--data', 'd'], { type: 'check', json: true, directory: 'd' }],
    [['repair', '--data', 'd'], { type: 'repair', json: false, directory: 'd' }],
    [['export'], { type: 'export' }],
    [['export', 'f', '--data', 'd'], { type: 'export', file: 'f', directory: 'd' }],
    [['import', 'f'], { type: 'import', file: 'f' }],
    [['import', '-'], { type: 'import' }],
  ])('%j', (args, order) => {
    expect(orderOf('data', ...args)).toEqual(order)
  })

  it('take the directory before them too, and rather their own', () => {
    expect(orderOf('--data', 'd', 'data', 'export')).toEqual({ type: 'export', directory: 'd' })
    const both = orderOf('--data', 'd', 'data', 'export', '--data', 'e')
    expect(both).toEqual({ type: 'export', directory: 'e' })
  })
})

describe('the commands about the configuration', () => {
  it.each<[readonly string[], Order]>([
    [['check'], { type: 'check-configuration', json: false, flags: {} }],
    [
      ['check', '--json', '--config', 'f', '--set', 'data=d', '--set', 'log.level=warn'],
      {
        type: 'check-configuration',
        json: true,
        flags: { config: 'f', set: ['data=d', 'log.level=warn'] },
      },
    ],
    [
      ['--config', 'f', '--port', '1', 'check'],
      { type: 'check-configuration', json: false, flags: { config: 'f', port: 1 } },
    ],
    [
      ['plan', 'new', '--config', 'f'],
      { type: 'plan', json: false, next: 'new', flags: { config: 'f' } },
    ],
  ])('%j', (args, order) => {
    expect(orderOf(...args)).toEqual(order)
  })
})

describe('what is not meant to listen', () => {
  it('prints the version of the package for --version', async () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    const version = `${manifest.version}\n`
    expect(await run('--version')).toMatchObject({ code: 0, stdout: version, stderr: '' })
  })

  it('prints every flag and its default for --help', async () => {
    const { code, stdout, stderr } = await run('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const flag of FLAGS) {
      expect(stdout).toContain(`--${flag}`)
    }
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /default: 127\.0\.0\.1.*default: 1883.*default: off.*default: fsync.*default: info/,
    )
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })
})

describe('a flag that cannot be followed ends the app with one sentence and exit code 1', () => {
  it.each([
    [['--zeal'], "unknown option '--zeal'"],
    [['--prot', '1'], "unknown option '--prot': did you mean --port?"],
    [['-p', '1883'], "unknown option '-p'"],
    [['mqtt://localhost'], 'too many arguments: expected 0 arguments but got 1: mqtt://localhost'],
    [['--port'], "option '--port <number>' argument missing"],
    [['--port', 'mqtt'], portFault('--port', 'mqtt')],
    [['--port', '65536'], portFault('--port', '65536')],
    [['--port', '-1'], portFault('--port', '-1')],
    [['--port', '1e3'], portFault('--port', '1e3')],
    [['--port', '18.83'], portFault('--port', '18.83')],
    [['--port='], portFault('--port', '')],
    [['--ws-port', '99999'], portFault('--ws-port', '99999')],
    [['--host', ''], "option '--host <address>' argument '' is invalid: an address is not empty"],
    [
      ['--log-level', 'loud'],
      "option '--log-level <level>' argument 'loud' is invalid: " +
        'allowed choices are silent, fatal, error, warn, info, debug, trace',
    ],
    [
      ['--durability', 'disk'],
      "option '--durability <mode>' argument 'disk' is invalid: " +
        'allowed choices are fsync, os, memory',
    ],
    [
      ['--data', 'd'],
      '--durability memory keeps nothing: leave out --data, or say --durability fsync or os',
    ],
    [
      ['--durability', 'os', '--data', ''],
      "option '--data <directory>' argument '' is invalid: a directory has a name",
    ],
    [
      ['--set', 'x'],
      "option '--set <key=value>' argument 'x' is invalid: " +
        'write key=value, such as limits.packetBytesMax=64KiB',
    ],
    [['--config', ''], "option '--config <file>' argument '' is invalid: a file has a name"],
    [['plan'], "missing required argument 'file'"],
    [['data', 'mend'], "unknown command 'mend'"],
    [['data', 'chek'], "unknown command 'chek': did you mean check?"],
    [['data', 'import'], "missing required argument 'file'"],
    [['data', 'check', '--port', '1'], "unknown option '--port'"],
    [
      ['--port', '1884', '--ws-port', '1884'],
      '--port and --ws-port are both 1884, and each needs one of its own',
    ],
  ])('%j', async (flags, sentence) => {
    const stderr = `godwit-broker: ${sentence}\n`
    expect(await run(...flags)).toEqual({ code: 1, signal: null, stdout: '', stderr })
  })
})

describe('an address that cannot be had ends the app with one sentence and exit code 1', () => {
  it('names the TCP port that is in use', async () => {
    await using first = await startBroker()
    const port = String(first.port)
    const stderr = `godwit-broker: ${inUse(port)}\n`
    expect(await run('--port', port)).toEqual({ code: 1, signal: null, stdout: '', stderr })
  })

  it('names the WebSocket port that is in use, though the TCP port was free', async () => {
    await using first = await startBroker()
    const port = new URL(first.wsUrl).port
    const stderr = `godwit-broker: ${inUse(port)}\n`
    const ending = { code: 1, signal: null, stdout: '', stderr }
    expect(await run('--port', '0', '--ws-port', port)).toEqual(ending)
  })

  it('names the host that is not of this machine', async () => {
    // 192.0.2.0/24 is for documentation only (RFC 5737).
    const { code, stdout, stderr } = await run('--anonymous', '--host', '192.0.2.1', '--port', '0')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^godwit-broker: 192\.0\.2\.1 is not an address of this machine[^\n]+\n$/,
    )
  })
})

const FLAGS = [
  'host',
  'port',
  'ws-port',
  'durability',
  'data',
  'log-level',
  'config',
  'dev',
  'anonymous',
  'password-file',
  'acl-file',
  'set',
  'version',
  'help',
]

/** What the broker would go by, were there no environment. */
async function configured(...flags: readonly string[]): Promise<Configuration> {
  const order = orderOf(...flags)
  if (order.type !== 'serve') throw new Error(`It is to ${order.type}`)
  return (await loadConfiguration({ env: {}, flags: order.flags })).configuration
}

function orderOf(...args: readonly string[]): Order {
  return parseCommandLine(['node', 'godwit-broker', ...args])
}

function portFault(flag: string, value: string): string {
  return (
    `option '${flag} <number>' argument '${value}' is invalid: ` +
    'a port is a whole number from 0 to 65535'
  )
}

function inUse(port: string): string {
  return `Port ${port} at 127.0.0.1 is in use: stop what uses it or choose another port`
}
