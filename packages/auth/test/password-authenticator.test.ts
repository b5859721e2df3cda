/** Logging in by a password file: who gets in, what it costs, and what a reload does. */
import { describe, expect, it } from 'vitest'
import { ReasonCode } from '@godwit/codec'
import type { ClientInfo, Verdict } from '@godwit/broker'
import { guardsOf } from '../src/access.ts'
import { digestOf, hashPassword, hasArgon2 } from '../src/hashing.ts'
import type { Hasher, HashingMethod } from '../src/hashing.ts'
import { HashingQueue } from '../src/hashing-queue.ts'
import { passwordFile } from '../src/password-authenticator.ts'
import type { PasswordFile } from '../src/password-authenticator.ts'
import { parsePasswordFile } from '../src/password-file.ts'
import type { ParsedPasswordFile } from '../src/password-file.ts'
import { formatPasswordHash } from '../src/password-hash.ts'
import type { PasswordHash } from '../src/password-hash.ts'

const FAST: HashingMethod = { algorithm: 'pbkdf2-sha512', iterations: 2 }
const SLOWER: HashingMethod = { algorithm: 'pbkdf2-sha512', iterations: 3 }

const METHODS: readonly HashingMethod[] = [
  FAST,
  { algorithm: 'sha512' },
  ...(hasArgon2 ? [{ algorithm: 'argon2id', memoryKiB: 64, passes: 1 } as const] : []),
]

describe('a client with a user name', () => {
  it.each(METHODS)(
    'of the file gets in with its password, hashed by $algorithm',
    async (method) => {
      const file = passwordFile(await fileOf({ alice: 'päss', bob: 'other' }, method))
      expect(await login(file, 'alice', 'päss')).toMatchObject({ reasonCode: ReasonCode.Success })
      expect(await login(file, 'alice', 'other')).toEqual(WRONG)
      expect(await login(file, 'alice', 'päss ')).toEqual(WRONG)
    },
  )

  it.each([
    ['alice', '', WRONG],
    ['nobody', '', WRONG],
    ['alice', undefined, undefined],
    [undefined, undefined, undefined],
    [undefined, 'secret', undefined],
    ['nobody', 'secret', undefined],
    ['__proto__', 'secret', undefined],
    ['constructor', 'secret', undefined],
    ['Alice', 'secret', undefined],
    ['alice\0', 'secret', undefined],
    ['alice', 'x'.repeat(65_535), WRONG],
    ['', 'secret', undefined],
  ])('%j and the password %j is answered with %j', async (user, password, verdict) => {
    expect(await login(passwordFile(await fileOf({ alice: 'secret' })), user, password)).toEqual(
      verdict,
    )
  })

  it('hears the same whether it is the name or the password that is wrong', async () => {
    const file = passwordFile(await fileOf({ alice: 'secret' }))
    const access = { authenticators: [file], anonymous: true, authorizers: [] }
    const guards = guardsOf(() => access)
    const ask = async (username: string): Promise<unknown> =>
      guards.authenticate(attemptOf(username, 'wrong'))
    expect(await ask('alice')).toEqual(WRONG)
    expect(await ask('nobody')).toEqual(WRONG)
  })
})

describe('the work of a login', () => {
  it('is the same for a wrong password and for a user that is not there', async () => {
    const { hasher, done } = counted()
    const text = { alice: 'secret', bob: 'secret', carl: 'secret' }
    const parsed = await fileOf(text, FAST)
    const file = passwordFile(parsed, { hasher })
    await login(file, 'alice', 'wrong')
    await login(file, 'nobody', 'wrong')
    const [known, unknown] = done
    expect(done).toHaveLength(2)
    expect(costOf(unknown!)).toEqual(costOf(known!))
    expect(unknown!.salt).not.toEqual(known!.salt)
  })

  it('is that of most users for a user that is not there', async () => {
    const { hasher, done } = counted()
    const most = await fileOf({ alice: 'a', bob: 'b' }, SLOWER)
    const rest = await fileOf({ carl: 'c' }, FAST)
    const entries = new Map([...rest.entries, ...most.entries])
    const file = passwordFile({ ...most, entries }, { hasher })
    await login(file, 'nobody', 'wrong')
    expect(done.map(costOf)).toEqual([costOf(most.entries.get('alice')!.hash)])
  })

  it('is saved for who comes back, until it is forgotten', async () => {
    const { hasher, done } = counted()
    let time = 0
    const memory = { loginsMax: 2, rememberMs: 1_000, now: () => time, hasher }
    const file = passwordFile(await fileOf({ a: 'x', b: 'x', c: 'x' }), memory)
    for (const user of ['a', 'a', 'b', 'a', 'b']) await login(file, user, 'x')
    expect(done).toHaveLength(2)
    // The third is one too many, and the oldest is forgotten.
    for (const user of ['c', 'b', 'a']) await login(file, user, 'x')
    expect(done).toHaveLength(4)
    time = 1_000
    await login(file, 'a', 'x')
    expect(done).toHaveLength(5)
  })

  it('is never saved for a wrong password', async () => {
    const { hasher, done } = counted()
    const file = passwordFile(await fileOf({ a: 'x' }), { hasher })
    await login(file, 'a', 'y')
    await login(file, 'a', 'y')
    await login(file, 'nobody', 'y')
    await login(file, 'nobody', 'y')
    expect(done).toHaveLength(4)
  })

  it('is done once for many clients that log in alike at the same time', async () => {
    const { hasher, done } = counted()
    const file = passwordFile(await fileOf({ a: 'x' }), { hasher, waitingMax: 0 })
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => login(file, 'a', 'x')))
    expect(new Set(verdicts.map((verdict) => verdict?.reasonCode))).toEqual(new Set([0]))
    expect(done).toHaveLength(1)
  })

  it('is bounded: at most two at a time, and then so many that wait; the rest is told so', async () => {
    const gate = gated()
    const file = passwordFile(await fileOf({ a: 'x' }), { hasher: gate.hasher, waitingMax: 3 })
    const logins = Array.from({ length: 8 }, (_, at) => login(file, at % 2 ? 'a' : 'no', `${at}`))
    expect(gate.running).toBe(2)
    gate.open()
    const codes = (await Promise.all(logins)).map((verdict) => verdict?.reasonCode)
    expect(gate.runningMost).toBe(2)
    expect(codes.filter((code) => code === ReasonCode.ServerBusy)).toHaveLength(3)
    expect(codes.slice(5)).toEqual([0x89, 0x89, 0x89])
  })
})

describe('a file that is replaced', () => {
  it('lets nobody in by an old password, remembered or not', async () => {
    const file = passwordFile(await fileOf({ alice: 'old', bob: 'same' }))
    const alice = await letIn(file, 'alice', 'old')
    const before = await fileOf({ bob: 'same' })
    file.replace(before)
    expect(await login(file, 'alice', 'old')).toBeUndefined()
    file.replace(await fileOf({ alice: 'new', bob: 'same' }))
    expect(await login(file, 'alice', 'old')).toEqual(WRONG)
    expect(file.mayStay(alice)).toBe(false)
    expect(file.mayStay(await letIn(file, 'alice', 'new'))).toBe(true)
  })

  it('keeps the logins of users whose lines are the same', async () => {
    const { hasher, done } = counted()
    const parsed = await fileOf({ alice: 'a', bob: 'b' })
    const file = passwordFile(parsed, { hasher })
    const alice = await letIn(file, 'alice', 'a')
    file.replace(parsePasswordFile(textOf(parsed, 'alice'), 'passwords.txt'))
    expect(file.mayStay(alice)).toBe(true)
    await login(file, 'alice', 'a')
    expect(done).toHaveLength(1)
  })

  it('refuses a login that was being checked by a line that is another now', async () => {
    const gate = gated()
    const file = passwordFile(await fileOf({ alice: 'old' }), { hasher: gate.hasher })
    const late = login(file, 'alice', 'old')
    file.replace(await fileOf({ alice: 'new' }))
    gate.open()
    expect(await late).toEqual(WRONG)
  })

  it('says nothing of clients that others let in', async () => {
    const file = passwordFile(await fileOf({ alice: 'x' }))
    expect(file.mayStay(infoOf('alice'))).toBeUndefined()
    expect(file.mayStay({ ...infoOf('alice'), claims: { user: 'alice' } })).toBeUndefined()
  })
})

describe('the queue', () => {
  it('gives the place of work that failed to the next', async () => {
    const queue = new HashingQueue({ concurrency: 1, waitingMax: 1 })
    const failing = queue.run(() => Promise.reject(new Error('no')))
    const next = queue.run(() => Promise.resolve('done'))
    expect(await queue.run(() => Promise.resolve('too many'))).toBeUndefined()
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('done')
    expect(await queue.run(() => Promise.resolve('again'))).toBe('again')
  })
})

const WRONG: Verdict = {
  reasonCode: ReasonCode.BadUserNameOrPassword,
  reasonString: 'User name or password is wrong',
}

async function fileOf(
  users: Readonly<Record<string, string>>,
  method: HashingMethod = FAST,
): Promise<ParsedPasswordFile> {
  const lines = await Promise.all(
    Object.entries(users).map(async ([user, password]) => {
      return `${user}:${formatPasswordHash(await hashPassword(Buffer.from(password), method))}`
    }),
  )
  return parsePasswordFile(lines.join('\n'), 'passwords.txt')
}

function textOf({ entries }: ParsedPasswordFile, user: string): string {
  return `# moved\n\n${user}:${entries.get(user)!.written}\n`
}

function login(
  file: PasswordFile,
  user: string | undefined,
  password: string | undefined,
): Promise<Verdict | undefined> {
  return file.authenticate(attemptOf(user, password))
}

async function letIn(file: PasswordFile, user: string, password: string): Promise<ClientInfo> {
  const verdict = await login(file, user, password)
  return { ...infoOf(user), claims: verdict!.claims! }
}

function attemptOf(
  username: string | undefined,
  password: string | undefined,
): Parameters<PasswordFile['authenticate']>[0] {
  return {
    connect: {
      type: 'connect',
      version: 5,
      clientId: 'c',
      cleanStart: true,
      keepAlive: 0,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password: Buffer.from(password) }),
    },
    client: infoOf(username),
  }
}

function infoOf(username: string | undefined): ClientInfo {
  return { clientId: 'c', username, principal: username, version: 5, remoteAddress: '127.0.0.1' }
}

function costOf(hash: PasswordHash): unknown {
  return { ...hash, salt: hash.salt.length, digest: hash.digest.length }
}

function counted(): { readonly hasher: Hasher; readonly done: PasswordHash[] } {
  const done: PasswordHash[] = []
  return {
    done,
    hasher: (password, like) => {
      done.push(like)
      return digestOf(password, like)
    },
  }
}

function gated(): {
  readonly hasher: Hasher
  readonly running: number
  readonly runningMost: number
  open(): void
} {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const count = { now: 0, most: 0 }
  return {
    open,
    get running() {
      return count.now
    },
    get runningMost() {
      return count.most
    },
    hasher: async (password, like) => {
      count.now += 1
      count.most = Math.max(count.most, count.now)
      await opened
      const digest = await digestOf(password, like)
      count.now -= 1
      return digest
    },
  }
}
