// The header of the PROXY protocol, byte by byte.

import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { readProxyHeader, type ProxyReading } from '../../src/node/proxy-header.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const TCP4 = 'c0000207c6336401cb23075b'
const TCP6 = `20010db8${'00'.repeat(11)}07${'00'.repeat(16)}cb23075b`

const HEADERS: readonly (readonly [what: string, bytes: Buffer, source: string | undefined])[] = [
  ['TCP4', line('PROXY TCP4 192.0.2.7 198.51.100.1 52001 1883\r\n'), '192.0.2.7'],
  ['TCP6', line('PROXY TCP6 2001:0DB8::0007 ::1 52001 1883\r\n'), '2001:db8::7'],
  ['TCP6, mapped', line('PROXY TCP6 ::ffff:192.0.2.7 ::1 52001 1883\r\n'), '192.0.2.7'],
  ['UNKNOWN', line('PROXY UNKNOWN\r\n'), undefined],
  ['UNKNOWN with anything', line(`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`), undefined],
  ['2 TCP4', hex(`${SIGNATURE}2111000c${TCP4}`), '192.0.2.7'],
  ['2 TCP6', hex(`${SIGNATURE}21210024${TCP6}`), '2001:db8::7'],
  ['2 TCP6, mapped', hex(`${SIGNATURE}21210024${mapped()}`), '192.0.2.7'],
  ['2 LOCAL', hex(`${SIGNATURE}20000000`), undefined],
  ['2 LOCAL with addresses', hex(`${SIGNATURE}2011000c${TCP4}`), undefined],
  ['2 unspecified', hex(`${SIGNATURE}21000000`), undefined],
  ['2 from a Unix socket', hex(`${SIGNATURE}213100d8${'61'.repeat(216)}`), undefined],
  [
    '2 with a certificate',
    hex(`${SIGNATURE}2111001a${TCP4}20000b010000000022000361646d`),
    '192.0.2.7',
  ],
  ['2 of the longest', hex(`${SIGNATURE}211107f0${TCP4}${'00'.repeat(2_020)}`), '192.0.2.7'],
]

it.each(HEADERS)('reads a header of %s, whatever comes behind it', (_what, bytes, source) => {
  expect(readProxyHeader(bytes)).toEqual({ length: bytes.length, source })
  for (const behind of [bytes, Buffer.from('\x10\x0c'), Buffer.alloc(3_000)]) {
    const reading = readProxyHeader(Buffer.concat([bytes, behind]))
    expect(reading).toEqual({ length: bytes.length, source })
  }
})

it.each(HEADERS)('waits for the rest of a header of %s at every split', (_what, bytes) => {
  for (let end = 0; end < bytes.length; end++) {
    expect(readProxyHeader(bytes.subarray(0, end))).toBe('incomplete')
  }
})

const NO_HEADER = 'is in `proxyProtocol`, but sent no header of the PROXY protocol'

it.each([
  ['MQTT', line('\x10\x0c\0\x04MQTT'), NO_HEADER],
  ['another text', line('PROXIED'), NO_HEADER],
  ['a signature with one wrong byte', hex(`${SIGNATURE.slice(0, -1)}b`), NO_HEADER],
])('knows that %s begins no header', (_what, bytes, malformed) => {
  expect(readProxyHeader(bytes)).toEqual({ malformed })
})

it.each([
  ['ends with LF alone', line('PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n')],
  ['is too long', line(`PROXY TCP4 ${'1'.repeat(200)}`)],
  ['is too long by one', line(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`)],
  ['has an address of the other kind', line('PROXY TCP4 ::1 ::1 1 2\r\n')],
  ['has an address of the other kind', line('PROXY TCP6 192.0.2.7 192.0.2.7 1 2\r\n')],
  ['has no address', line('PROXY TCP4\r\n')],
  ['has a wrong address', line('PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n')],
  ['has a zone', line('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n')],
  ['has no second address', line('PROXY TCP4 192.0.2.7 x 1 2\r\n')],
  ['has a wrong port', line('PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n')],
  ['has a port in another form', line('PROXY TCP4 192.0.2.7 198.51.100.1 0x1 2\r\n')],
  ['has one port', line('PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n')],
  ['has three ports', line('PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n')],
  ['has two spaces', line('PROXY  TCP4 192.0.2.7 198.51.100.1 1 2\r\n')],
  ['is of another family', line('PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n')],
  ['is of another version', hex(`${SIGNATURE}31`)],
  ['has an unknown command', hex(`${SIGNATURE}2211000c${TCP4}`)],
  ['is about UDP', hex(`${SIGNATURE}2112000c${TCP4}`)],
  ['is shorter than its addresses', hex(`${SIGNATURE}2111000b${TCP4}`)],
  ['claims too much', hex(`${SIGNATURE}211107f1`)],
  ['claims too much', hex(`${SIGNATURE}2011ffff`)],
])('refuses a header that %s', (_what, bytes) => {
  expect(readProxyHeader(bytes)).toEqual({
    malformed: expect.stringContaining('PROXY protocol that'),
  })
})

it('never throws, and never asks for more than its bound', () => {
  const starts = fc.constantFrom(hex(SIGNATURE), line('PROXY TCP4 '), Buffer.alloc(0))
  const rest = fc.uint8Array({ maxLength: 200 })
  fc.assert(
    fc.property(starts, rest, (start, bytes) => {
      const header = Buffer.concat([start, bytes])
      const reading = readProxyHeader(header)
      expect(['header', 'malformed', 'incomplete']).toContain(kindOf(reading))
      const whole = readProxyHeader(Buffer.concat([header, Buffer.alloc(2_048)]))
      expect(whole).not.toBe('incomplete')
    }),
  )
})

it('says the same of a header and of its start, once it says something', () => {
  const headers = fc.constantFrom(...HEADERS.map(([, bytes]) => bytes))
  const change = fc.record({ at: fc.nat(40), byte: fc.nat(255) })
  fc.assert(
    fc.property(headers, change, (bytes, { at, byte }) => {
      const changed = Buffer.from(bytes)
      changed[at % changed.length] = byte
      const readings = Array.from(changed, (_, end) => readProxyHeader(changed.subarray(0, end)))
      const firm = readings.filter((reading) => reading !== 'incomplete')
      for (const reading of firm) expect(reading).toEqual(readProxyHeader(changed))
    }),
  )
})

function kindOf(reading: ProxyReading): string {
  if (typeof reading === 'string') return reading
  return 'malformed' in reading ? 'malformed' : 'header'
}

function mapped(): string {
  return `${'00'.repeat(10)}ffffc0000207${'00'.repeat(16)}cb23075b`
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex')
}

function line(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
