// `godwit inspect` as its users have it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { bytesOf } from '@godwit/codec/testing'
import { CLIENT, frames, pcapFile, SERVER } from '../capture/frames.ts'
import { godwit, run } from '../program/godwit.ts'
import { CERTIFICATE, KEY } from '../program/key-pair.ts'
import { startServer, tls } from '../program/server.ts'

vi.setConfig({ testTimeout: 60_000 })

const directory = mkdtempSync(join(tmpdir(), 'godwit-inspect-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('godwit inspect', () => {
  it('shows packets that are given in hexadecimal', async () => {
    const outcome = await run('inspect', '30', '06', '000161', '00', '3432')
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: [
        'PUBLISH QoS 0  8 bytes  MQTT 5.0, a guess: it is well-formed in 3.1.1 and 3.1 too',
        '  Topic Name                 "a"',
        '  Payload                    "42"  (2 bytes)',
        '',
      ].join('\n'),
      stderr: '',
    })
  })

  it('ends with exit code 1 if anything is malformed, and shows the rest all the same', async () => {
    const { code, stdout } = await run('inspect', '30060003612f2300c000', '-V', '5')
    expect(code).toBe(1)
    expect(stdout).toContain(
      'Malformed at byte 6: A Topic Name holds the wildcard # [MQTT-3.3.2-2]: Malformed Packet (0x81)',
    )
    expect(stdout).toMatch(/^PINGREQ {2}2 bytes$/m)
  })

  it('reads stdin where nothing is given, whatever is there', async () => {
    await using text = godwit('inspect').input('c0 00\n')
    expect(await text.outcome()).toMatchObject({ code: 0, stdout: 'PINGREQ  2 bytes\n' })
    await using bytes = godwit('inspect', '--file', '-').input(bytesOf('d0 00'))
    expect(await bytes.outcome()).toMatchObject({ code: 0, stdout: 'PINGRESP  2 bytes\n' })
  })

  it('shows the packets of a capture, for programs too', async () => {
    const file = join(directory, 'traffic.pcap')
    const segments = [
      { sequence: 1, payload: bytesOf('10 0d 0004 4d515454 04 02 003c 0001 63') },
      { from: SERVER, to: CLIENT, sequence: 1, payload: bytesOf('20 02 00 05') },
    ]
    writeFileSync(file, pcapFile(frames(segments)))
    const { code, stdout } = await run('inspect', '--file', file, '--json')
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { note: 'connection', connection: 1 },
      { type: 'CONNECT', sender: 'client', version: '3.1.1', fields: { clientIdentifier: 'c' } },
      { type: 'CONNACK', sender: 'server', fields: { connectReturnCode: 5 } },
      { note: 'capture', frames: 2, mqtt: 1 },
    ])
  })

  it('is a proxy until it is interrupted', async () => {
    await using server = await startServer()
    const to = `127.0.0.1:${server.port}`
    await using program = godwit('inspect', '--listen', '0', '--to', to)
    const [, port] = await program.printed(/listening at 127\.0\.0\.1, port (\d+)/, 'stderr')
    const client = connect(Number(port), '127.0.0.1')
    client.write(bytesOf('10 0d 0004 4d515454 04 02 003c 0001 63'))
    await once(client, 'data')
    await program.printed(/^.* #1 <-- CONNACK/m)
    program.signal('SIGINT')
    const { code, stdout, stderr } = await program.outcome()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} #1 --> CONNECT {2}15 bytes$/m)
    expect(stderr).toMatch(/over after 1 connection\n$/)
    client.destroy()
  })

  it('looks into TLS as a proxy that speaks it to the server', async () => {
    const certificate = join(directory, 'cert.pem')
    writeFileSync(certificate, CERTIFICATE)
    await using server = await startServer({}, tls({ cert: CERTIFICATE, key: KEY }))
    const to = ['--to', `mqtts://127.0.0.1:${server.port}`, '--ca-file', certificate]
    await using program = godwit('inspect', '--listen', '0', ...to, '--json')
    const [, port = ''] = await program.printed(/listening at 127\.0\.0\.1, port (\d+)/, 'stderr')
    const { code } = await run(
      'pub',
      '-p',
      port,
      '-h',
      '127.0.0.1',
      'a/b',
      'in the open',
      '-q',
      '1',
    )
    expect(code).toBe(0)
    await program.printed(/"type":"PUBLISH".*"text":"in the open"/)
    await program.printed(/"sender":"server","type":"PUBACK"/)
  })

  it.each([
    [['zz'], 'Line 1 is not hexadecimal, got "zz": give bytes as hexadecimal digits, or a file'],
    [['c000', '--file', 'x'], 'there are bytes and a file: give one of them'],
    [['--file', join(directory, 'none')], 'The file cannot be read: ENOENT'],
    [['--listen', '1884'], 'a proxy needs both ends: give --listen and --to'],
    [['--listen', '99999', '--to', 'host'], 'It is a port, or host:port'],
    [['--listen', '0', '--to', 'ws://host'], 'there is no proxy to ws://'],
    [['--listen', '0', '--to', 'host:x'], '--to is no place of a server, got "host:x"'],
    [['--listen', '0', '--to', 'a:1', 'c000'], 'a proxy inspects what comes by'],
  ])('says what is wrong with %s', async (args, sentence) => {
    const { code, stdout, stderr } = await run('inspect', ...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.toLowerCase()).toContain(sentence.toLowerCase())
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})
