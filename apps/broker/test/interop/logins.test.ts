/** Clients that others wrote log in to the built app: by TLS, password, certificate, WebSocket. */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { CertificateAuthority } from '@godwit/transport/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Program } from '../program.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { keptAuthority, keptPair, openHouse } from '../ways-in/house.ts'
import type { House } from '../ways-in/house.ts'
import { passwordLines } from '../ways-in/kinds.ts'
import { mosquitto } from './mosquitto.ts'
import { connected } from './mqtt-js.ts'
import { pahoTcp, pahoWebSocket, PYTHON } from './paho.ts'
import { absence, demand, skips } from './peer.ts'
import type { Peer } from './peer.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

/** What a client has to log in with; the names are those of files. */
interface Login {
  readonly ca: string
  readonly username?: string
  readonly password?: string
  readonly certificate?: string
  readonly key?: string
}

const RIGHT = { ca: 'ca.crt', username: 'ada', password: 'right' }
const OWN = { ca: 'ca.crt', certificate: 'ada.crt', key: 'ada.key' }

/** Whether a client is let in. */
const CASES: readonly (readonly [what: string, door: string, login: Login, isIn: boolean])[] = [
  ['the right password', 'passwords', RIGHT, true],
  ['a wrong password', 'passwords', { ...RIGHT, password: 'wrong' }, false],
  ['an unknown user', 'passwords', { ...RIGHT, username: 'eve' }, false],
  ['an empty password', 'passwords', { ...RIGHT, password: '' }, false],
  ['nothing', 'passwords', { ca: 'ca.crt' }, false],
  ['no trust in the server', 'passwords', { ...RIGHT, ca: 'other.crt' }, false],
  ['its certificate', 'certificates', OWN, true],
  ['no certificate', 'certificates', { ca: 'ca.crt' }, false],
  [
    'a revoked certificate',
    'certificates',
    { ca: 'ca.crt', certificate: 'revoked.crt', key: 'revoked.key' },
    false,
  ],
  ['the right password of a hash of SHA-512', 'passwords', { ...RIGHT, username: 'six' }, true],
]

type LogIn = (url: URL, login: Login) => Promise<boolean>

const TRIED: readonly (readonly [peer: Peer | undefined, name: string, scheme: string, LogIn])[] = [
  [mosquitto, 'mosquitto_pub', 'mqtts', byMosquitto],
  [pahoTcp, 'Paho for Python', 'mqtts', (url, login) => byPaho(url, login, 'tcp')],
  [
    pahoWebSocket,
    'Paho for Python over WebSocket',
    'wss',
    (url, login) => byPaho(url, login, 'websockets'),
  ],
  [undefined, 'MQTT.js', 'mqtts', byMqttJs],
  [undefined, 'MQTT.js over WebSocket', 'wss', byMqttJs],
]

let directory: TemporaryDirectory
let house: House

beforeAll(async () => {
  directory = await temporaryDirectory()
  const authority = await CertificateAuthority.create()
  const other = await CertificateAuthority.create('Somebody else')
  const revoked = await authority.issue({ commonName: 'revoked' })
  const names = [{ type: 'ip', value: '127.0.0.1' }] as const
  const tls = await keptPair(directory, 'server', await authority.issue({ names }))
  const asking = { ...tls, ...(await keptAuthority(directory, authority, [revoked])) }
  await keptPair(directory, 'ada', await authority.issue({ commonName: 'ada' }))
  await keptPair(directory, 'revoked', revoked)
  await writeFile(directory.at('other.crt'), other.certificate)
  await writeFile(directory.at('passwords'), await passwordLines(), { mode: 0o600 })
  const passwords = { anonymous: false, passwordFile: 'passwords' }
  const certificates = { anonymous: false, certificate: {} }
  const doors = ['mqtts', 'wss'].flatMap((scheme) => {
    const url = `${scheme}://127.0.0.1:0`
    return [
      { name: `${scheme} passwords`, url, tls, authentication: passwords },
      { name: `${scheme} certificates`, url, tls: asking, authentication: certificates },
    ]
  })
  house = await openHouse(directory, doors)
})

afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

for (const [peer, name, scheme, logIn] of TRIED) {
  const peers = peer === undefined ? [] : [peer]
  describe.skipIf(skips(...peers))(`${name}${absence(...peers)}`, () => {
    it.each(CASES)('that has %s gets what it deserves', async (_, door, login, isIn) => {
      peers.forEach((each) => demand(each))
      const url = new URL(house.urls.get(`${scheme} ${door}`)!)
      expect(await logIn(url, inDirectory(login))).toBe(isIn)
    })
  })
}

function inDirectory(login: Login): Login {
  const { certificate, key } = login
  return {
    ...login,
    ca: directory.at(login.ca),
    ...(certificate !== undefined && { certificate: directory.at(certificate) }),
    ...(key !== undefined && { key: directory.at(key) }),
  }
}

async function byMosquitto(url: URL, login: Login): Promise<boolean> {
  const words: Readonly<Record<keyof Login, string>> = {
    ca: '--cafile',
    username: '-u',
    password: '-P',
    certificate: '--cert',
    key: '--key',
  }
  const flags = Object.entries(login).flatMap(([key, value]) => [words[key as keyof Login], value])
  const place = ['-h', url.hostname, '-p', url.port, '-t', 'a', '-n', '-q', '1']
  await using program = new Program('mosquitto_pub', [...place, ...flags])
  return (await program.input().ended).code === 0
}

async function byPaho(url: URL, login: Login, transport: 'tcp' | 'websockets'): Promise<boolean> {
  const place = { host: url.hostname, port: Number(url.port), transport }
  await using program = new Program(PYTHON ?? 'python3', [SCRIPT])
  program.say(JSON.stringify({ ...place, ...login }))
  const [, answer] = await program.printed(/"answer": "(\w+)"/)
  return answer === 'in'
}

const SCRIPT = fileURLToPath(new URL('paho-login.py', import.meta.url))

async function byMqttJs(url: URL, login: Login): Promise<boolean> {
  const { certificate, ca, key, ...shown } = login
  const files = {
    ca: await readFile(ca),
    ...(certificate !== undefined && { cert: await readFile(certificate) }),
    ...(key !== undefined && { key: await readFile(key) }),
  }
  try {
    const client = await connected(url.href, 4, { ...shown, ...files })
    await client.endAsync()
    return true
  } catch {
    return false
  }
}
