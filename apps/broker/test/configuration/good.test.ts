/** Configurations that can be used, and what comes of them. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { opennessOf, opennessText } from '../../src/configuration/openness.ts'
import { GOOD } from './good.ts'
import { loadText } from './loaded.ts'

describe('what can be used', () => {
  it.each(GOOD)('$what', async ({ text }) => {
    const { notices } = await loadText('a.yaml', text)
    expect(notices).toEqual([])
  })

  it('is complete in the end', async () => {
    const { configuration, directory } = await loadText('a.yaml', GOOD[2]!.text)
    expect(configuration.listeners[0]).toEqual({
      name: 'devices',
      url: 'mqtts://[::]:8883',
      tls: {
        certificate: join(directory, 'server.crt'),
        key: join(directory, 'server.key'),
        clientCa: join(directory, 'devices.crt'),
        clientCertificate: 'require',
        revocations: join(directory, 'devices.crl'),
        minVersion: 'TLSv1.3',
        serverNames: [
          {
            name: 'other.example',
            certificate: join(directory, 'other.crt'),
            key: join(directory, 'other.key'),
          },
        ],
      },
      versions: [4, 5],
      authentication: { anonymous: false, certificate: { username: 'dns' } },
      authorization: configuration.authorization,
      limits: { packetBytesMax: 65_536 },
      capabilities: { maximumQoS: 1 },
      connectionsMax: 1000,
    })
    expect(configuration.listeners.map(({ name }) => name)).toEqual([
      'devices',
      'people',
      'unix-godwit.sock',
      'mqtt-0',
    ])
    expect(configuration.listeners[2]).toMatchObject({ mode: 0o600 })
  })

  it('says to whom it is open', async () => {
    const { configuration } = await loadText('a.yaml', GOOD[2]!.text)
    expect(opennessOf(configuration).map(opennessText)).toEqual([
      'everybody who reaches it, with a certificate',
      'everybody who reaches it, with a token',
      'every program on this machine, without a password',
      'every program on this machine, without a password',
    ])
  })

  it('says it loudly where everybody comes in', async () => {
    const text = 'listeners: [{ url: ws://0.0.0.0:8083 }]\nauthentication: { anonymous: true }\n'
    const { configuration } = await loadText('a.yaml', text)
    expect(opennessOf(configuration).map(opennessText)).toEqual([
      'EVERYBODY WHO REACHES IT, without a password; everything is allowed; not encrypted',
    ])
  })
})
