/** The flags of mosquitto's programs for TLS, in theirs and in ours. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { CERTIFICATE, KEY } from '../program/key-pair.ts'
import type { Outcome } from '../program/program.ts'
import { startServer, tls } from '../program/server.ts'
import type { Server } from '../program/server.ts'
import { absence, PUBLISHERS, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-'))
afterAll(() => rmSync(directory, { recursive: true }))

const cert = join(directory, 'cert.pem')
const key = join(directory, 'key.pem')
const authorities = join(directory, 'authorities')
writeFileSync(cert, CERTIFICATE)
writeFileSync(key, KEY)
mkdirSync(authorities)
// What `openssl rehash` calls the certificate.
for (const name of ['ca.crt', 'fdaec97c.0']) writeFileSync(join(authorities, name), CERTIFICATE)

const PAIR = { cert: CERTIFICATE, key: KEY }

describe.each(PUBLISHERS)('$name', (program) => {
  // Theirs says 1 where the server was quicker to end the connection.
  const TLS_FAILED = program.name.startsWith('godwit') ? [8] : [8, 1]
  const skipped = skips(program.missing)
  const missing = absence(program.missing)

  async function publish(
    { port }: Server,
    args: readonly string[],
    host = '127.0.0.1',
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> {
    const where = ['-h', host, '-p', String(port), '-t', 'a', '-m', 'x']
    await using running = program.startIn(environment, ...where, ...args).input()
    return await running.outcome()
  }

  it.skipIf(skipped)(`--cafile trusts the authorities of a file${missing}`, async () => {
    await using server = await startServer({}, tls(PAIR))
    expect(await publish(server, ['--cafile', cert])).toMatchObject({ code: 0, stderr: '' })
    expect(await server.publishes(1)).toMatchObject([{ topic: 'a' }])
  })

  it.skipIf(skipped)(
    `a server that is not trusted ends it with exit code 8${missing}`,
    async () => {
      await using server = await startServer({}, tls(PAIR))
      const { code, stderr } = await publish(server, ['--tls-use-os-certs'])
      expect(TLS_FAILED).toContain(code)
      expect(stderr).not.toBe('')
      expect(server.packets).toEqual([])
    },
  )

  it.skipIf(skipped)(`--capath trusts the authorities of a directory${missing}`, async () => {
    await using server = await startServer({}, tls(PAIR))
    expect(await publish(server, ['--capath', authorities])).toMatchObject({ code: 0 })
  })

  it.skipIf(skipped)(
    `--tls-use-os-certs trusts the authorities of the system${missing}`,
    async () => {
      await using server = await startServer({}, tls(PAIR))
      const environment = { SSL_CERT_FILE: cert }
      const outcome = await publish(server, ['--tls-use-os-certs'], '127.0.0.1', environment)
      expect(outcome).toMatchObject({ code: 0, stderr: '' })
    },
  )

  it.skipIf(skipped)(`--cert and --key say who we are${missing}`, async () => {
    const options = { ...PAIR, ca: CERTIFICATE, requestCert: true, rejectUnauthorized: true }
    await using server = await startServer({}, tls(options))
    const bare = await publish(server, ['--cafile', cert, '-q', '1'])
    expect(bare.code).not.toBe(0)
    const ours = ['--cafile', cert, '--cert', cert, '--key', key, '-q', '1']
    expect(await publish(server, ours)).toMatchObject({ code: 0, stderr: '' })
  })

  it.skipIf(skipped)(`--keyform pem is what there is${missing}`, async () => {
    await using server = await startServer({}, tls(PAIR))
    const ours = ['--cafile', cert, '--cert', cert, '--key', key, '--keyform', 'pem']
    expect(await publish(server, ours)).toMatchObject({ code: 0 })
  })

  it.skipIf(skipped)(`--insecure takes a certificate for another host${missing}`, async () => {
    await using server = await startServer({}, tls(PAIR))
    const refused = await publish(server, ['--cafile', cert], 'localhost')
    expect(TLS_FAILED).toContain(refused.code)
    const outcome = await publish(server, ['--cafile', cert, '--insecure'], 'localhost')
    expect(outcome).toMatchObject({ code: 0 })
  })

  it.skipIf(skipped)(`--tls-version and --ciphers say how to encrypt${missing}`, async () => {
    const sockets: string[] = []
    const seen = (socket: TLSSocket): void => {
      sockets.push(`${socket.getProtocol()} ${socket.getCipher().name}`)
    }
    const options = { ...PAIR, maxVersion: 'TLSv1.2' } as const
    await using server = await startServer({}, tls(options, seen))
    const cipher = 'ECDHE-ECDSA-CHACHA20-POLY1305'
    const flags = ['--tls-version', 'tlsv1.2', '--ciphers', cipher]
    expect(await publish(server, ['--cafile', cert, ...flags])).toMatchObject({ code: 0 })
    const newer = ['--cafile', cert, '--tls-version', 'tlsv1.3']
    expect(TLS_FAILED).toContain((await publish(server, newer)).code)
    expect(sockets).toEqual([`TLSv1.2 ${cipher}`])
  })

  it.skipIf(skipped)(`--tls-alpn asks for a protocol${missing}`, async () => {
    const protocols: unknown[] = []
    const options = { ...PAIR, ALPNProtocols: ['other', 'mqtt'] }
    await using server = await startServer(
      {},
      tls(options, ({ alpnProtocol }) => void protocols.push(alpnProtocol)),
    )
    const flags = ['--cafile', cert, '--tls-alpn', 'mqtt']
    expect(await publish(server, flags)).toMatchObject({ code: 0 })
    expect(protocols).toEqual(['mqtt'])
  })

  it.skipIf(skipped)(
    `--psk and --psk-identity are in place of certificates${missing}`,
    async () => {
      const identities: string[] = []
      const pskCallback = (_: TLSSocket, identity: string): Buffer => {
        identities.push(identity)
        return Buffer.from('00ff10ab', 'hex')
      }
      const options = { pskCallback, ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
      await using server = await startServer({}, tls(options))
      const flags = ['--psk', '00ff10ab', '--psk-identity', 'lamp', '-q', '1']
      expect(await publish(server, flags)).toMatchObject({ code: 0 })
      expect(identities).toEqual(['lamp'])
      const wrong = await publish(server, ['--psk', 'ffff', '--psk-identity', 'lamp', '-q', '1'])
      expect(wrong.code).not.toBe(0)
    },
  )

  it.skipIf(skipped)(`-L mqtts:// speaks TLS${missing}`, async () => {
    await using server = await startServer({}, tls(PAIR))
    const url = `mqtts://127.0.0.1:${server.port}/a`
    await using running = program
      .startIn({ SSL_CERT_FILE: cert }, '-L', url, '-m', 'x', '--cafile', cert)
      .input()
    expect(await running.outcome()).toMatchObject({ code: 0 })
  })
})

describe('godwit pub', () => {
  it.each([
    ['--tls-engine', 'pkcs11'],
    ['--tls-engine-kpass-sha1', '00'],
    ['--keyform', 'engine'],
  ])(
    '%s ends it with exit code 1, for there are no engines of OpenSSL in Node',
    async (...flags) => {
      await using server = await startServer()
      const where = ['-h', '127.0.0.1', '-p', String(server.port), '-t', 'a', '-m', 'x']
      await using running = PUBLISHERS[0]!.start(...where, ...flags).input()
      const { code, stderr } = await running.outcome()
      expect(code).toBe(1)
      expect(stderr).toContain('there are no engines of OpenSSL in Node: use --key with a file')
    },
  )

  it('names the file that cannot be read', async () => {
    await using running = PUBLISHERS[0]!.start('-t', 'a', '-m', 'x', '--cafile', '/none').input()
    expect(await running.outcome()).toMatchObject({
      code: 1,
      stderr: "godwit pub: /none cannot be read: ENOENT: no such file or directory, open '/none'\n",
    })
  })

  it('names the file that holds no certificate', async () => {
    const file = import.meta.filename.replace('tls.test.ts', 'peer-program.ts')
    await using running = PUBLISHERS[0]!.start('-t', 'a', '-m', 'x', '--cafile', file).input()
    expect(await running.outcome()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${file} holds no certificate`),
    })
  })
})
