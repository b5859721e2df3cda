// The URL of a server.

import { describe, expect, it } from 'vitest'
import { serverAddress, shown } from '../src/connection/server-address.ts'

describe('the address of a server', () => {
  it.each([
    ['mqtt://host', 'mqtt://host', {}],
    ['mqtt://host:1884/', 'mqtt://host:1884', {}],
    ['mqtts://[::1]:8883', 'mqtts://[::1]:8883', {}],
    ['mqtt://ada@host', 'mqtt://host', { username: 'ada' }],
    ['mqtt://:token@host', 'mqtt://host', { password: 'token' }],
    ['mqtt://a%2Fb:%25%3A@host', 'mqtt://host', { username: 'a/b', password: '%:' }],
    ['wss://u:p@host/mqtt?key=1', 'wss://host/mqtt', { username: 'u', password: 'p' }],
    ['wss://host?token=secret#secret', 'wss://host', {}],
    ['mqtt+unix:///run/mqtt.sock', 'mqtt+unix:///run/mqtt.sock', {}],
  ])('is read from %s', (text, address, credentials) => {
    const read = serverAddress(text)
    expect(shown(read.url)).toBe(address)
    expect(read.credentials).toEqual(credentials)
    expect(serverAddress(new URL(text))).toEqual(read)
  })

  it('leaves the URL that it was given as it is', () => {
    const url = new URL('mqtt://a:b@host')
    serverAddress(url)
    expect(url.password).toBe('b')
  })

  it.each([
    ['host:1883', ['mqtt:'], 'No connection is made by host: here: mqtt://host'],
    ['tcp://host', ['mqtt:', 'mqtt+unix:'], 'by tcp: here: mqtt://host, mqtt+unix:///path'],
    ['user:secret@host', undefined, 'The URL of a server names its host: mqtt://host'],
    ['//user:secret@host', ['ws:'], 'A server is named by a URL: ws://host'],
    ['mqtt://a:%zz@host', undefined, 'write % as %25'],
  ])('is not %s', (text, schemes, message) => {
    expect(() => serverAddress(text, schemes)).toThrow(TypeError)
    expect(() => serverAddress(text, schemes)).toThrow(message)
    expect(() => serverAddress(text, schemes)).not.toThrow('secret')
  })
})
