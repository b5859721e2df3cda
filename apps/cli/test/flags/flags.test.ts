/** Flags: their names, their other names, and what their values may be. */
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { connectionFlags, parsed } from './parsing.ts'
import { pubCommand } from '../../src/pub.ts'
import { requestCommand } from '../../src/request.ts'
import { respondCommand } from '../../src/respond.ts'
import { subCommand } from '../../src/sub.ts'
import { joinPropertyWords } from '../../src/flags/property-words.ts'

describe('names', () => {
  it.each([
    [['-u', 'joe', '--pw', 'x'], { username: 'joe', password: 'x' }],
    [['--id', 'me'], { clientId: 'me' }],
    [['--id-prefix', 'me'], { clientIdPrefix: 'me' }],
    [['--keepalive', '5'], { keepAlive: 5 }],
    [['--disable-clean-session'], { cleanStart: false }],
    [['-c'], { cleanStart: false }],
    [['--cafile', 'a', '--capath', 'b'], { caFile: 'a', caDir: 'b' }],
    [['--tls-use-os-certs'], { systemCa: true }],
    [['--tls-alpn', 'a', '--alpn', 'b'], { alpn: ['a', 'b'] }],
    [['-p1884'], { port: 1884 }],
    [['-dp', '1884'], { debug: true, port: 1884 }],
    [['--port=1884'], { port: 1884 }],
    [['-P', '-x'], { password: '-x' }],
    [['-x', '-1'], { sessionExpiry: 0xffff_ffff }],
    [['-x', '∞'], { sessionExpiry: 0xffff_ffff }],
    [['--url', 'ws://a'], { url: 'ws://a' }],
  ])('%j', (args, values) => {
    expect(connectionFlags(...args)).toMatchObject(values)
  })

  it.each([
    [pubCommand, ['--topic', 'a', '--message', 'b'], { topic: 'a', message: 'b' }],
    [pubCommand, ['--stdin-line'], { lines: true }],
    [pubCommand, ['--stdin-file'], { stdin: true }],
    [pubCommand, ['--null-message'], { null: true }],
    [subCommand, ['--filter-out', 'a', '-T', 'b'], { exclude: ['a', 'b'] }],
    [subCommand, ['--topic', 'a', '-t', 'b'], { topic: ['a', 'b'] }],
    [subCommand, ['-N'], { newline: false }],
    [subCommand, ['-R'], { retained: false }],
    [requestCommand, ['-e', 'a'], { responseTopic: 'a' }],
  ] as const)('%o understands %j', (command, args, values) => {
    expect(parsed(withoutAction(command()), args).opts()).toMatchObject(values)
  })

  it.each([
    ['pub', pubCommand],
    ['sub', subCommand],
    ['request', requestCommand],
    ['respond', respondCommand],
  ])('of %s are each documented once', (_, make) => {
    const command = make()
    const shown = command.createHelp().visibleOptions(command)
    const names = shown.flatMap(({ short, long }) => [short ?? [], long ?? []].flat())
    expect(new Set(names).size).toBe(names.length)
    for (const { description } of shown) expect(description).not.toBe('')
  })
})

describe('values', () => {
  it.each([
    [['-p', '0'], 'It is a whole number from 1 to 65535.'],
    [['-p', '65536'], 'It is a whole number from 1 to 65535.'],
    [['-p', 'x'], 'It is a whole number from 1 to 65535.'],
    [['-k', '-1'], 'It is a whole number from 0 to 65535.'],
    [['-k', '1e3'], 'It is a whole number from 0 to 65535.'],
    [['-V', '6'], 'It is 5, 3.1.1 or 3.1.'],
    [['--will-qos', '3'], 'It is 0, 1 or 2.'],
    [['--connect-timeout', '0'], 'It is a number above 0.'],
    [['--will-delay', 'x'], 'It is a number from 0 to 2147483.'],
    [['-x', '4294967296'], 'It is a whole number from 0 to 4294967295.'],
    [['--psk', '0x12'], 'It is an even number of hexadecimal digits, without 0x.'],
    [['--tls-version', 'ssl3'], 'Allowed choices are tlsv1.3, tlsv1.2, tlsv1.1.'],
  ])('%j is refused', (args, sentence) => {
    expect(() => connectionFlags(...args)).toThrow(sentence)
  })

  it('of user properties have a name, and perhaps more than one =', () => {
    const pub = withoutAction(pubCommand())
    const flags = ['--user-property', 'a=b=c', '--user-property', '=']
    expect(parsed(pub, flags).opts()).toMatchObject({
      userProperty: [
        ['a', 'b=c'],
        ['', ''],
      ],
    })
    const wrong = (): Command => parsed(withoutAction(pubCommand()), ['--user-property', 'a'])
    expect(wrong).toThrow('It is a name and a value: name=value.')
  })
})

describe('-D', () => {
  it.each([
    ['connect receive-maximum 0', 'It is a whole number from 1 to 65535.'],
    ['connect receive-maximum', 'It is PACKET IDENTIFIER VALUE'],
    ['publish user-property k', 'It is PACKET IDENTIFIER VALUE'],
    ['publish', 'The properties of publish are content-type, '],
    ['zub content-type x', 'It begins with one of connect, publish, will, subscribe, disconnect.'],
    ['subscribe content-type x', 'The properties of subscribe are user-property.'],
    ['publish payload-format-indicator 2', 'It is a whole number from 0 to 1.'],
  ])('%s is refused', (words, sentence) => {
    expect(() => connectionFlags('-D', ...words.split(' '))).toThrow(sentence)
  })

  it('leaves the aliases of topics to the client', () => {
    const { property } = connectionFlags('-D', 'publish', 'topic-alias', '5')
    expect(property?.publish).toEqual({})
  })

  it('is not looked for among the values of other flags, nor behind --', () => {
    const command = withoutAction(pubCommand())
    const join = (...args: readonly string[]): readonly string[] => joinPropertyWords(args, command)
    expect(join('-m', '-D', '-D', 'a', 'b', 'c', 'x')).toEqual([
      '-m',
      '-D',
      '-D',
      '["a","b","c"]',
      'x',
    ])
    expect(join('-rm', '-D', '--', '-D', 'a')).toEqual(['-rm', '-D', '--', '-D', 'a'])
    expect(join('-mx', '-D', 'a', 'b', 'c')).toEqual(['-mx', '-D', '["a","b","c"]'])
    expect(join('--message=x', '-D')).toEqual(['--message=x', '-D'])
    expect(join('-D', 'a', 'user-property', 'b', 'c', 'd')).toEqual([
      '-D',
      '["a","user-property","b","c"]',
      'd',
    ])
  })
})

/** Nothing is to happen, and words behind the flags do not matter. */
function withoutAction(command: Command): Command {
  return command.action(() => {})
}
