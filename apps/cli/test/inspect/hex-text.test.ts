// Hexadecimal text in the forms in which people have it at hand.

import { describe, expect, it } from 'vitest'
import { hexOf } from '@godwit/codec/testing'
import { HexText, looksLikeHexText } from '../../src/inspect/hex-text.ts'

describe('hexadecimal text', () => {
  it.each([
    ['digits without spaces', 'c000d000'],
    ['digits with spaces', ' C0 00  D0 00 '],
    ['words of a program', '0xc0, 0x00, 0xd0, 0x00'],
    ['an array of a program', '[0xc0,0x00,0xd0,0x00]'],
    ['a string of a program', String.raw`"\xc0\x00\xd0\x00"`],
    ['colons', 'c0:00:d0:00'],
    ['dashes', 'c0-00-d0-00'],
  ])('is read as %s', (_, text) => {
    expect(read(text)).toBe('c000d000')
  })

  const connect = '100c00044d5154540402003c0000c000d00030030001612130030001612130030001'
  it.each([
    [
      'hexdump -C',
      '00000000  10 0c 00 04 4d 51 54 54  04 02 00 3c 00 00 c0 00  |....MQTT...<....|\n' +
        '00000010  d0 00 30 03 00 01 61 21  30 03 00 01 61 21 30 03  |..0...a!0...a!0.|\n' +
        '00000020  00 01                                             |..|\n00000022',
    ],
    [
      'xxd',
      '00000000: 100c 0004 4d51 5454 0402 003c 0000 c000  ....MQTT...<....\n' +
        '00000010: d000 3003 0001 6121 3003 0001 6121 3003  ..0...a!0...a!0.\n' +
        '00000020: 0001                                     ..\n',
    ],
    [
      'od -A x -t x1',
      '000000 10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00 c0 00\n' +
        '000010 d0 00 30 03 00 01 61 21 30 03 00 01 61 21 30 03\n' +
        '000020 00 01\n000022\n',
    ],
    [
      'Wireshark',
      '0000   10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00 c0 00   ....MQTT...<....\n' +
        '0010   d0 00 30 03 00 01 61 21 30 03 00 01 61 21 30 03   ..0...a!0...a!0.\n' +
        '0020   00 01                                             ..\n',
    ],
    [
      'tcpdump -x',
      '\t0x0000:  100c 0004 4d51 5454 0402 003c 0000 c000\n' +
        '\t0x0010:  d000 3003 0001 6121 3003 0001 6121 3003\n' +
        '\t0x0020:  0001\n',
    ],
  ])('is read from a dump of %s', (_, text) => {
    expect(read(text)).toBe(connect)
  })

  it('says in which line it stops, and what it got', () => {
    expect(() => read('c000\nd0 xyz')).toThrow('Line 2 is not hexadecimal, got "xyz"')
    expect(() => read('c00')).toThrow('Line 1 has half a byte, got "0"')
  })

  it('looks like text, which packets never do', () => {
    expect(looksLikeHexText(Buffer.from('c0 00\r\n\td0 00'))).toBe(true)
    expect(looksLikeHexText(Buffer.from('c000', 'hex'))).toBe(false)
    expect(looksLikeHexText(Buffer.from('3004000161', 'hex'))).toBe(false)
  })
})

function read(text: string): string {
  const hex = new HexText()
  return text
    .split('\n')
    .map((line) => hexOf(hex.read(line)))
    .join('')
}
