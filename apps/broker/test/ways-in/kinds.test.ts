/**
 * Listener x kind of login x what a client shows x version, in one broker: each case of `kinds.ts`
 * by each way in.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { ConnectPacket, ProtocolVersion } from '@godwit/codec'
import { CertificateAuthority } from '@godwit/transport/testing'
import type { KeyPair } from '@godwit/transport/testing'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { connectPacket } from '../raw-client.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { keptAuthority, keptPair, openHouse } from './house.ts'
import type { DoorTerms, House } from './house.ts'
import {
  KINDS,
  passwordLines,
  PUBLIC_KEY,
  saidOf,
  scramLines,
  WITHOUT_CERTIFICATE,
} from './kinds.ts'
import type { Kind, Shown } from './kinds.ts'
import { answerTo } from './line.ts'
import type { Answer, Approach } from './line.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const WAYS = ['mqtt', 'mqtts', 'requested', 'required', 'ws', 'wss', 'unix', 'proxied'] as const
type Way = (typeof WAYS)[number]

const TRIED = WAYS.flatMap((way) =>
  Object.entries(KINDS).flatMap(([name, kind]) =>
    kind.asksForCertificates === true && way !== 'requested' && way !== 'required'
      ? []
      : [
          {
            way,
            name,
            cases:
              way === 'requested' ? { ...WITHOUT_CERTIFICATE[name], ...kind.cases } : kind.cases,
          },
        ],
  ),
)

let directory: TemporaryDirectory
let authority: CertificateAuthority
let ada: KeyPair
let service: Server
let house: House

beforeAll(async () => {
  directory = await temporaryDirectory()
  authority = await CertificateAuthority.create()
  ada = await authority.issue({ commonName: 'ada' })
  service = await openService()
  await writeFile(directory.at('passwords'), await passwordLines(), { mode: 0o600 })
  await writeFile(directory.at('scram'), await scramLines(), { mode: 0o600 })
  await writeFile(directory.at('public.pem'), PUBLIC_KEY)
  house = await openHouse(directory, await listeners())
})

afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  service.closeAllConnections()
  service.close()
  await directory[Symbol.asyncDispose]()
})

it.each(TRIED)('by $way, where $name decide, a client hears what it deserves', async (tried) => {
  const { way, name, cases } = tried
  const told = await Promise.all(
    Object.entries(cases).map(async ([what, [shown]]) => {
      return [what, await answers(way, name, shown)] as const
    }),
  )
  expect(Object.fromEntries(told)).toEqual(expectedOf(cases))
})

it('is tried in more than two thousand cases', () => {
  const each = TRIED.flatMap(({ cases }) => Object.values(expectedOf(cases)))
  const count = each.reduce((total, { length }) => total + length, 0)
  expect(count).toBeGreaterThan(2_000)
})

/** The codes with each version in which it can be said. */
async function answers(way: Way, name: string, shown: Shown): Promise<readonly Answer[]> {
  const approach = approachBy(way, `${way} ${name}`, shown)
  return Promise.all(
    versionsOf(shown).map(async (version) => {
      const mechanism = shown.mechanism?.()
      const data = await mechanism?.start()
      const connect = connecting(version, shown, mechanism?.method, data)
      return answerTo(approach, connect, mechanism)
    }),
  )
}

function expectedOf(cases: Kind['cases']): Readonly<Record<string, readonly Answer[]>> {
  return Object.fromEntries(
    Object.entries(cases).map(([what, [shown, [old = -1, five]]]) => [
      what,
      versionsOf(shown).map((version) => (version === 5 ? five : old)),
    ]),
  )
}

function versionsOf({ username, password, mechanism }: Shown): readonly ProtocolVersion[] {
  const isOf5 = mechanism !== undefined || (username === undefined && password !== undefined)
  return isOf5 ? [5] : [3, 4, 5]
}

let clients = 0

function connecting(
  version: ProtocolVersion,
  { username, password }: Shown,
  authenticationMethod?: string,
  authenticationData?: Uint8Array,
): ConnectPacket {
  const properties = {
    ...(authenticationMethod !== undefined && { authenticationMethod }),
    ...(authenticationData !== undefined && { authenticationData }),
  }
  return connectPacket({
    version,
    clientId: `c${++clients}`,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
    ...(version === 5 && { properties }),
  })
}

function approachBy(way: Way, name: string, { certificate = false }: Shown): Approach {
  const url = house.urls.get(name)!
  const shows = way === 'required' || (way === 'requested' && certificate)
  const own = shows ? { cert: ada.certificate, key: ada.key } : {}
  const tls = { ca: authority.certificate, servername: 'godwit.test', ...own }
  return { url, tls, ...(way === 'proxied' && { proxiedFor: '192.0.2.9' }) }
}

async function listeners(): Promise<readonly DoorTerms[]> {
  const names = [{ type: 'dns', value: 'godwit.test' }] as const
  const tls = await keptPair(directory, 'server', await authority.issue({ names }))
  const asking = { ...tls, ...(await keptAuthority(directory, authority, [])) }
  const ways: Readonly<Record<Way, { readonly url: string; readonly [key: string]: unknown }>> = {
    mqtt: { url: 'mqtt://127.0.0.1:0' },
    mqtts: { url: 'mqtts://127.0.0.1:0', tls },
    requested: {
      url: 'mqtts://127.0.0.1:0',
      tls: { ...asking, clientCertificate: 'request' },
    },
    required: { url: 'mqtts://127.0.0.1:0', tls: asking },
    ws: { url: 'ws://127.0.0.1:0' },
    wss: { url: 'wss://127.0.0.1:0', tls },
    unix: { url: '' },
    proxied: { url: 'mqtt://127.0.0.1:0', proxyProtocol: { from: ['127.0.0.0/8'] } },
  }
  return TRIED.map(({ way, name }, index) => ({
    ...ways[way],
    url: way === 'unix' ? `mqtt+unix://${directory.at(`${index}.sock`)}` : ways[way].url,
    name: `${way} ${name}`,
    authentication: authenticationOf(KINDS[name]!.terms),
  }))
}

function authenticationOf(terms: Kind['terms']): object {
  if (terms['http'] === undefined) return terms
  const address = service.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { ...terms, http: { url: `http://127.0.0.1:${port}/` } }
}

async function openService(): Promise<Server> {
  const server = createServer((request, response) => {
    void answerOfService(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

async function answerOfService(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { username, password } = JSON.parse(await text(request)) as Readonly<
    Record<string, unknown>
  >
  const said = saidOf(username, password)
  response.writeHead(said === undefined ? 500 : 200).end(JSON.stringify(said))
}
