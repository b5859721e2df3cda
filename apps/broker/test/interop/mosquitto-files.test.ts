/**
 * The same password and ACL files give the same answers here and in Mosquitto as it is installed:
 * files made by its own mosquitto_passwd, ACLs made of a seed, and each client, topic and action
 * tried with the real broker. What differs is listed in `isWanted`, and nothing else does.
 */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { aclFile, parseAclFile, parsePasswordFile, passwordFile } from '@godwit/auth'
import type { AclFile } from '@godwit/auth'
import type { ClientInfo } from '@godwit/broker'
import type { ConnectPacket } from '@godwit/codec'
import { runningMosquitto, wholeMosquitto } from '../mosquitto-broker.ts'
import type { RunningMosquitto } from '../mosquitto-broker.ts'
import { connectPacket, publishPacket, RawClient, subscribePacket } from '../raw-client.ts'
import { absence, demand, skips } from './peer.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Of the other clients none has more rights than this one. */
const ROOT = 'root'
const ROOT_LINES = ['user root', 'topic readwrite #', 'topic readwrite $house/#']

const USERS = [undefined, '', 'alice', 'bob', 'nobody', 'al ice', 'a+b', 'car/l', '$house', '%c']
const CLIENT_IDS = ['lamp', 'alice', 'dev/1', 'ha#sh', '$house', '%u']

const CLIENTS: readonly Client[] = USERS.flatMap((username, at) =>
  // Every user by three clients, so that every two of names meet somewhere.
  [0, 1, 3].map((step) => ({ username, clientId: CLIENT_IDS[(at + step) % CLIENT_IDS.length]! })),
)

const TOPICS = [
  'a', 'b', 'a/b', 'a/lamp', 'a/alice', 'a/alice/lamp', 'a/bob', 'a/b/c/d', 'a/', '/a', 'a//b',
  'lamp', 'alice/state', 'lamp/state', 'xlamp/a', 'al ice', 'al ice/b', '$house', '$house/a',
  '$house/lamp', '%c', '%u/a', 'a/dev/1', 'a+', 'car/l', 'bob/alice', 'secret/a', 'secret/lamp/b',
].filter((topic) => !topic.includes('+')) // prettier-ignore

describe.skipIf(skips(wholeMosquitto))(`Mosquitto's files${absence(wholeMosquitto)}`, () => {
  it.each(aclTexts())('allow the same: ACL %i', async (_, text) => {
    demand(wholeMosquitto)
    const differences = await differencesIn(text)
    expect(differences.filter((each) => !isWanted(each))).toEqual([])
  })

  it('differ where a name could become more than a part of a level', async () => {
    demand(wholeMosquitto)
    const text = ['pattern read %u/#', 'pattern write %c', ...ROOT_LINES, ''].join('\n')
    const differences = await differencesIn(text)
    expect([...new Set(differences.map(inWords))].toSorted()).toEqual([
      'read $house by $house is denied',
      'read $house/a by $house is denied',
      'read $house/lamp by $house is denied',
      'read car/l by car/l is denied',
      'write $house by $house is denied',
    ])
  })

  it('are tried in more than two thousand cases', () => {
    expect(aclTexts().length * CLIENTS.length * TOPICS.length * 2).toBeGreaterThan(2_000)
  })

  it('let the same users in', async () => {
    demand(wholeMosquitto)
    let text = ''
    await using mosquitto = await runningMosquitto(async (folder) => {
      const path = join(folder, 'passwords.txt')
      await writeFile(path, '')
      for (const [user, password, ...kind] of LOGINS) {
        await promisify(execFile)('mosquitto_passwd', [...kind, '-b', path, user, password])
      }
      text = await readFile(path, 'utf8')
      return ['allow_anonymous false', `password_file ${path}`]
    })
    const passwords = passwordFile(parsePasswordFile(text, 'passwords.txt'))
    const given = LOGINS.flatMap(([user]) => PASSWORDS.map((password) => ({ user, password })))
    for (const { user, password } of [...given, { user: 'nobody', password: 'secret' }]) {
      const packet = connectOf({ username: user, clientId: 'c' }, password)
      const verdict = await passwords.authenticate({
        connect: packet,
        client: infoOf({ username: user, clientId: 'c' }),
      })
      const told = [user, password, (verdict?.reasonCode ?? 0x86) === 0]
      expect(told).toEqual([user, password, await isLetIn(mosquitto, packet)])
    }
  })
})

const LOGINS = [
  ['alice', 'secret'],
  ['bob', 'päßwörd with spaces', '-H', 'sha512'],
  ['car/l', 'secret', '-H', 'sha512'],
  ['al ice', '$7$101$'],
  ['long', 'x'.repeat(500)],
] as const

const PASSWORDS = [undefined, '', 'Secret', ...LOGINS.map(([, password]) => password)]

interface Client {
  readonly username: string | undefined
  readonly clientId: string
}

/** A case in which the answers are not the same. */
interface Difference extends Client {
  readonly access: 'read' | 'write'
  readonly topic: string
  /** What is said here; Mosquitto says the opposite. */
  readonly isAllowed: boolean
}

async function differencesIn(text: string): Promise<readonly Difference[]> {
  const acl = aclFile(parseAclFile(text, 'acl.conf'))
  const theirs = await rightsInMosquitto(text)
  return CLIENTS.flatMap((client, at) =>
    TOPICS.flatMap((topic) => {
      const ours = rightsOf(acl, client, topic)
      return (['read', 'write'] as const)
        .filter((access) => ours[access] !== theirs.has(caseOf(access, at, topic)))
        .map((access) => ({ ...client, access, topic, isAllowed: ours[access] }))
    }),
  )
}

/**
 * Mosquitto puts a name with a slash into a pattern, and takes one that starts with `$` to the
 * topics of the server: see `acl-authorizer.ts`. Nothing is allowed here that is not allowed there.
 */
function isWanted({ username = '', clientId, topic, isAllowed }: Difference): boolean {
  if (isAllowed) return false
  const isOfName = [username, clientId].some((name) => name.includes('/') && topic.includes(name))
  return isOfName || (topic.startsWith('$') && [username, clientId].includes('$house'))
}

function inWords({ username, clientId, access, topic, isAllowed }: Difference): string {
  const name = access === 'read' ? (username ?? 'anonymous') : clientId
  return `${access} ${topic} by ${name} is ${isAllowed ? 'allowed' : 'denied'}`
}

/** One that has all that is known to be special, and some made of a seed. */
function aclTexts(): readonly (readonly [number, string])[] {
  const line = fc
    .tuple(fc.constantFrom('topic', 'topic', 'pattern'), ACCESS, FILTER)
    .map(([kind, access, filter]) => `${kind} ${access}${filter}`)
  const user = fc
    .constantFrom(...USERS.filter((name) => name !== undefined && name !== ''))
    .map((name) => `user ${name}`)
  const text = fc
    .array(fc.oneof({ arbitrary: line, weight: 3 }, { arbitrary: user, weight: 1 }), LENGTHS)
    .map((lines) => [...lines, ...ROOT_LINES, ''].join('\n'))
  return [SPECIAL, ...fc.sample(text, { seed: 6, numRuns: 29 })].map((each, at) => [at, each])
}

const LENGTHS = { minLength: 6, maxLength: 24, size: 'max' } as const

const ACCESS = fc.constantFrom('read ', 'write ', 'readwrite ', 'deny ', '')

const LEVEL = fc.constantFrom(
  'a',
  'b',
  '+',
  '%c',
  '%u',
  'x%c',
  'alice',
  'lamp',
  '$house',
  'secret',
  '',
)

const FILTER = fc
  .tuple(fc.array(LEVEL, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([levels, isOpen]) => [...levels, ...(isOpen ? ['#'] : [])].join('/'))
  // These are refused here, or by both.
  .filter((filter) => filter !== '' && !/^(?:read|write|readwrite|deny)$/.test(filter))

const SPECIAL = `
  # Spaces in front of a line, behind it and within a topic.
  topic   read   a/+${' '}
topic write al ice/#
topic readwrite %c
topic deny $house/lamp
topic read $house/#
user alice
topic a/#
topic deny a/alice/#
topic write secret/#
user   al ice${'  '}
topic readwrite al ice
user bob
topic read #
topic deny secret/+
user alice
topic deny secret/lamp/b
pattern write secret/%c/#
pattern read %u/state
pattern deny a/%u
pattern readwrite a/%u/%c
pattern read a/b
pattern write %c
${ROOT_LINES.join('\n')}
`.trimStart()

function rightsOf(acl: AclFile, client: Client, topic: string): { read: boolean; write: boolean } {
  const info = infoOf(client)
  const may = (type: 'deliver' | 'publish'): boolean => {
    return acl.authorize({ type, topic, qos: 0, retain: false }, info)?.decision === 'allow'
  }
  return { read: may('deliver'), write: may('publish') }
}

function infoOf({ username, clientId }: Client): ClientInfo {
  const remoteAddress = '127.0.0.1'
  return { clientId, username, principal: username, version: 4, remoteAddress }
}

/** What really happens: the cases in which a message arrived. */
async function rightsInMosquitto(text: string): Promise<ReadonlySet<string>> {
  await using mosquitto = await runningMosquitto(async (folder) => {
    const path = join(folder, 'acl.conf')
    await writeFile(path, text)
    return ['allow_anonymous true', `acl_file ${path}`]
  })
  const root = await subscribed(mosquitto, { username: ROOT, clientId: ROOT })
  // A client that takes another's id would take its connection too.
  const arrived = new Set<string>()
  for (const [at, client] of CLIENTS.entries()) {
    using raw = await subscribed(mosquitto, client)
    for (const topic of TOPICS) {
      raw.send(publishPacket(topic, Buffer.from(caseOf('write', at, topic))))
    }
    await answered(raw)
    for (const topic of TOPICS) {
      root.send(publishPacket(topic, Buffer.from(caseOf('read', at, topic))))
    }
    await answered(root)
    await answered(raw)
    payloadsOf(raw, 'read').forEach((payload) => arrived.add(payload))
  }
  payloadsOf(root, 'write').forEach((payload) => arrived.add(payload))
  root[Symbol.dispose]()
  return arrived
}

function caseOf(access: 'read' | 'write', at: number, topic: string): string {
  return `${access} ${at} ${topic}`
}

async function subscribed(mosquitto: RunningMosquitto, client: Client): Promise<RawClient> {
  const raw = await RawClient.open(mosquitto.port, 4)
  raw.socket.setNoDelay()
  raw.send(connectOf(client))
  await raw.packet('connack')
  raw.send(subscribePacket(['#', '$house/#']))
  await raw.packet('suback')
  return raw
}

/** Everything that was sent before has been handled, and what came of it has arrived. */
async function answered(raw: RawClient): Promise<void> {
  const count = (): number => raw.received.filter(({ type }) => type === 'pingresp').length
  const before = count()
  raw.send({ type: 'pingreq' })
  await raw.until(() => count() > before)
}

function payloadsOf(raw: RawClient, access: string): readonly string[] {
  return raw.received
    .flatMap((packet) =>
      packet.type === 'publish' ? [Buffer.from(packet.payload).toString()] : [],
    )
    .filter((payload) => payload.startsWith(access))
}

function connectOf({ username, clientId }: Client, password?: string): ConnectPacket {
  return connectPacket({
    version: 4,
    clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password: Buffer.from(password) }),
  })
}

async function isLetIn(mosquitto: RunningMosquitto, packet: ConnectPacket): Promise<boolean> {
  using raw = await RawClient.open(mosquitto.port, 4)
  raw.send(packet)
  return (await raw.packet('connack')).reasonCode === 0
}
