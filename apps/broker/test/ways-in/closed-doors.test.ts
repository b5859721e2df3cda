/** Who is turned away whatever it shows: of another version, banned, or one too many. */
import { writeFile } from 'node:fs/promises'
import type { ProtocolVersion } from '@godwit/codec'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { connectPacket, RawClient } from '../raw-client.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { openHouse } from './house.ts'
import type { DoorTerms, House } from './house.ts'
import { passwordLines } from './kinds.ts'
import { answerTo } from './line.ts'
import type { Answer } from './line.ts'

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const TOKEN = 's'.repeat(40)
const SPOKEN: readonly ProtocolVersion[] = [3, 4, 5]

/** What listeners speak, and what is heard with 3.1, 3.1.1 and 5.0. */
const VERSIONS = [
  [['3.1'], [0, 1, 0x84]],
  [['3.1.1'], [1, 0, 0x84]],
  [['5.0'], [1, 1, 0]],
  [
    ['3.1', '3.1.1'],
    [0, 0, 0x84],
  ],
  [
    ['3.1.1', '5.0'],
    [1, 0, 0],
  ],
] as const

let directory: TemporaryDirectory
let house: House
let adminUrl: string

beforeAll(async () => {
  directory = await temporaryDirectory()
  await writeFile(directory.at('passwords'), await passwordLines(), { mode: 0o600 })
  house = await openHouse(directory, doors(), {
    admin: { url: 'http://127.0.0.1:0', tokens: [`test:write:${TOKEN}`] },
    rates: {
      failedLoginsPerMinute: 1_000_000,
      banAfterFailedLogins: { count: 3, withinSeconds: 60, forSeconds: 60 },
    },
  })
  const [url] = await house.program.printed(/http:\/\/127\.0\.0\.1:\d+/)
  adminUrl = url
})

afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

describe.each(['mqtt', 'ws'])('by %s', (scheme) => {
  it.each(VERSIONS)('a listener that speaks %j alone says so to others', async (spoken, heard) => {
    const codes: Answer[] = []
    for (const version of SPOKEN) {
      codes.push(await answer(`${scheme} ${spoken.join()}`, version))
    }
    expect(codes).toEqual(heard)
  })

  it('a banned user hears so, whatever its password is, until the ban is lifted', async () => {
    await administer('POST', '/api/v1/bans', { kind: 'user', value: 'six' })
    expect(await answers(scheme, { username: 'six', password: 'right' })).toEqual([5, 5, 0x8a])
    expect(await answers(scheme, { username: 'six', password: 'wrong' })).toEqual([5, 5, 0x8a])
    expect(await answers(scheme, { username: 'ada', password: 'right' })).toEqual([0, 0, 0])
    await administer('DELETE', '/api/v1/bans?kind=user&value=six')
    expect(await answers(scheme, { username: 'six', password: 'right' })).toEqual([0, 0, 0])
  })

  it('a banned Client Identifier hears so, whoever it is', async () => {
    await administer('POST', '/api/v1/bans', { kind: 'client', value: 'banned' })
    const shown = { clientId: 'banned', username: 'ada', password: 'right' }
    expect(await answers(scheme, shown)).toEqual([5, 5, 0x8a])
    await administer('DELETE', '/api/v1/bans?kind=client&value=banned')
  })
})

it('an address that guesses is banned, and others behind its proxy are not', async () => {
  const guess = { username: 'ada', password: 'wrong' }
  const from = async (proxiedFor: string, shown: Shown): Promise<Answer> =>
    answer('proxied', 5, shown, proxiedFor)
  expect(await from('192.0.2.1', guess)).toBe(0x86)
  expect(await from('192.0.2.1', guess)).toBe(0x86)
  // The last of them is also the first that the ban is for.
  expect(await from('192.0.2.1', guess)).toBe(0x8a)
  expect(typeof (await from('192.0.2.1', { ...guess, password: 'right' }))).toBe('string')
  expect(await from('192.0.2.2', { ...guess, password: 'right' })).toBe(0)
})

it('one too many hears that there is no room', async () => {
  using _first = await RawClient.connected(Number(new URL(house.urls.get('one')!).port))
  const codes: Answer[] = []
  for (const version of SPOKEN) codes.push(await answer('one', version))
  expect(codes).toEqual([3, 3, 0x88])
})

interface Shown {
  readonly clientId?: string
  readonly username?: string
  readonly password?: string
}

async function answers(name: string, shown: Shown): Promise<readonly Answer[]> {
  const codes: Answer[] = []
  for (const version of SPOKEN) codes.push(await answer(name, version, shown))
  return codes
}

async function answer(
  name: string,
  version: ProtocolVersion,
  { clientId = 'c', username, password }: Shown = {},
  proxiedFor?: string,
): Promise<Answer> {
  const connect = connectPacket({
    version,
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
  })
  const url = house.urls.get(name)!
  return answerTo({ url, ...(proxiedFor !== undefined && { proxiedFor }) }, connect)
}

async function administer(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(new URL(path, adminUrl), {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
}

function doors(): readonly DoorTerms[] {
  const authentication = { anonymous: false, passwordFile: 'passwords' }
  const url = 'mqtt://127.0.0.1:0'
  return [
    ...['mqtt', 'ws'].flatMap((scheme) => [
      { name: scheme, url: `${scheme}://127.0.0.1:0`, authentication },
      ...VERSIONS.map(([versions]) => ({
        name: `${scheme} ${versions.join()}`,
        url: `${scheme}://127.0.0.1:0`,
        anonymous: true,
        versions,
      })),
    ]),
    { name: 'proxied', url, authentication, proxyProtocol: { from: ['127.0.0.1/32'] } },
    { name: 'one', url, anonymous: true, connectionsMax: 1 },
  ]
}
