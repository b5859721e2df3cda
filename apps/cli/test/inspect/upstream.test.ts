// Where the server of a proxy is, and where the proxy listens.

import { describe, expect, it } from 'vitest'
import { parseListen } from '../../src/inspect/listen-address.ts'
import { parseUpstream, upstreamText } from '../../src/inspect/upstream.ts'

describe('the server of a proxy', () => {
  it.each([
    ['host', 'host, port 1883'],
    ['host:1884', 'host, port 1884'],
    ['[::1]:1884', '::1, port 1884'],
    ['mqtt://host', 'host, port 1883'],
    ['mqtts://host', 'host, port 8883 over TLS'],
    ['mqtts://host:8884', 'host, port 8884 over TLS'],
    ['mqtt+unix:///run/a%20broker', '/run/a broker'],
  ])('is read from %s', (text, told) => {
    expect(upstreamText(parseUpstream(text, {}))).toBe(told)
  })

  it.each([
    ['wss://host', 'there is no proxy to wss://'],
    ['host:port', '--to is no place of a server, got "host:port"'],
    ['mqtt://', '--to '],
  ])('is none: %s', (text, message) => {
    expect(() => parseUpstream(text, {})).toThrow(message)
  })
})

describe('the place where a proxy listens', () => {
  it.each([
    ['1884', '127.0.0.1', 1884],
    ['0', '127.0.0.1', 0],
    ['0.0.0.0:1884', '0.0.0.0', 1884],
    ['[::1]:1884', '::1', 1884],
    ['localhost:1884', 'localhost', 1884],
  ])('is read from %s', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port })
  })

  it.each(['', 'host', '65536', '::1:1884', 'host:', ':1884', '-1'])('is none: "%s"', (text) => {
    expect(() => parseListen(text)).toThrow('It is a port, or host:port.')
  })
})
