/** What flags about the connection come to: a URL, and options of the client. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { connectionOf } from '../../src/connection/connection.ts'
import type { Connection } from '../../src/connection/connection.ts'
import { connectionFlags } from '../flags/parsing.ts'

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

function connection(...args: readonly string[]): Connection {
  return connectionOf(connectionFlags(...args))
}

describe('the URL', () => {
  it.each([
    [[], 'mqtt://localhost'],
    [['-h', 'a.b'], 'mqtt://a.b'],
    [['-h', '::1', '-p', '1884'], 'mqtt://[::1]:1884'],
    [['-h', '[::1]'], 'mqtt://[::1]'],
    [['-p', '8883'], 'mqtts://localhost:8883'],
    [['--psk', 'ff', '--psk-identity', 'x'], 'mqtts://localhost'],
    [['-L', 'mqtt://a:1885/x'], 'mqtt://a:1885'],
    [['-L', 'MQTT://a'], 'mqtt://a'],
    [['-L', 'mqtt://a:1885', '-p', '1886'], 'mqtt://a:1886'],
    [['-L', 'mqtt://a:1885', '-h', 'b'], 'mqtt://b:1885'],
    [['-L', 'mqtts://joe:x@a/t/u'], 'mqtts://joe:x@a'],
    [['-L', 'ws://a/mqtt?x=1'], 'ws://a/mqtt?x=1'],
    [['-L', 'ws://a', '--system-ca'], 'wss://a/'],
    [['--unix', '/tmp/a b#c'], 'mqtt+unix:///tmp/a%20b%23c'],
    [['-L', 'mqtt+unix:///tmp/x'], 'mqtt+unix:///tmp/x'],
  ])('of %j is %s', (args, url) => {
    expect(connection(...args).url.href).toBe(url)
  })

  it('of a relative socket is absolute', () => {
    expect(connection('--unix', 'x').url.pathname).toBe(resolve('x'))
  })

  it.each([
    ['mqtt://a/b/c', 'b/c'],
    ['mqtt://a/b/#', 'b/#'],
    ['mqtt://a/b?c', 'b?c'],
    ['mqtt://a/b%20c/+', 'b c/+'],
    ['mqtt://a/50%', '50%'],
    ['mqtt://a/', undefined],
    ['mqtt://a', undefined],
    ['ws://a/mqtt', undefined],
  ])('%s has the topic %s', (url, topic) => {
    expect(connection('-L', url).topic).toBe(topic)
  })

  it.each([
    [['-L', 'localhost'], 'the URL of the server begins with no scheme', 'write one of mqtt://'],
    [['-L', 'mqt://a'], 'there is no way to connect by mqt://', 'did you mean mqtt://?'],
    [['-L', 'mqtt://a:x'], 'the URL of the server cannot be read', 'write mqtt://host:port'],
    [['-h', 'mqtt://a'], '--host is a name or an address', 'use --url for a URL'],
    [['-h', ''], '--host is a name or an address', 'use --url for a URL'],
    [['--unix', 'a', '-h', 'b'], '--unix is instead of a host and a port', 'leave out --host'],
    [
      ['-i', 'a', '-I', 'b'],
      '--client-id and --client-id-prefix contradict each other',
      'give one',
    ],
    [['--key', 'a'], '--key is the key of a certificate', 'give --cert too'],
    [['--psk', 'ff'], "--psk is somebody's key", 'give --psk-identity too'],
    [['--proxy', 'http://a'], '--proxy is no SOCKS proxy', 'write socks5h://'],
    [['--will-qos', '1'], 'a Will has a topic', 'give --will-topic too'],
    [['-x', '-1'], 'a session that is to be found again needs a name', 'give --client-id too'],
    [['-V', '311', '-x', '5'], '--session-expiry is of MQTT 5.0', 'leave out --protocol-version'],
    [
      ['-D', 'connect', 'authentication-data', 'x'],
      'authentication-data goes with an authentication-method',
      'give both',
    ],
  ])('%j contradicts itself', (args, message, advice) => {
    expect(() => connection(...args)).toThrow(
      expect.objectContaining({ message, misuse: true, advice: expect.stringContaining(advice) }),
    )
  })

  it('keeps the password of a URL to itself that cannot be read', () => {
    expect(() => connection('-L', 'mqtt://joe:secret@a:x')).toThrow(/^(?!.*secret)/)
  })
})

describe('the options', () => {
  it('are what the client does by itself, but for the versions', () => {
    const { versions, limits, ...others } = connection().options
    expect({ versions, limits }).toEqual({ versions: [5, 4], limits: {} })
    expect(others).toEqual({ dial: expect.any(Function) })
  })

  it.each([
    [['-V', '311'], [4]],
    [['-V', '31'], [3]],
    [['-x', '5'], [5]],
    [['-D', 'connect', 'user-property', 'a', 'b'], [5]],
    [['--will-topic', 'a', '--will-delay', '3'], [5]],
    [
      ['-c', '-i', 'a'],
      [5, 4],
    ],
  ])('of %j speak the versions %j', (args, versions) => {
    expect(connection(...args).options.versions).toEqual(versions)
  })

  it('name the client, its session and its limits', () => {
    const args = ['-i', 'me', '-c', '-k', '5', '--connect-timeout', '1.5', '-u', 'joe', '-P', 'x']
    expect(connection(...args).options).toMatchObject({
      clientId: 'me',
      cleanStart: false,
      sessionExpirySeconds: 0xffff_ffff,
      keepAliveSeconds: 5,
      limits: { connectTimeoutMs: 1500 },
      username: 'joe',
      password: 'x',
    })
  })

  it('take the password from the first line of a file', () => {
    const path = join(directory, 'password')
    writeFileSync(path, 'sécret\r\nmore\n')
    expect(connection('--password-file', path).options.password).toBe('sécret')
    expect(() => connection('--password-file', '/none')).toThrow(
      "The password file cannot be read: ENOENT: no such file or directory, open '/none'",
    )
  })

  it('have a Will with its properties', () => {
    const flags = ['--will-payload', 'p', '--will-qos', '1', '--will-retain', '--will-delay', '2']
    const property = ['-D', 'will', 'content-type', 'x']
    expect(connection('--will-topic', 'a', ...flags, ...property).options.will).toEqual({
      topic: 'a',
      payload: 'p',
      qos: 1,
      retain: true,
      properties: { contentType: 'x', willDelayInterval: 2 },
    })
  })

  it('authenticate in one step, and have no answer to a challenge', async () => {
    const method = ['-D', 'connect', 'authentication-method', 'TOKEN']
    const data = ['-D', 'connect', 'authentication-data', 'abc']
    const mechanism = connection(...method, ...data).options.authentication?.()
    expect(mechanism?.method).toBe('TOKEN')
    expect(await mechanism?.start()).toEqual(new TextEncoder().encode('abc'))
    expect(() => mechanism?.respond(undefined)).toThrow(
      'The server asks for more than the first step of TOKEN',
    )
  })
})
