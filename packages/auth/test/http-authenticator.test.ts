/** A program that says who clients are. */
import type { Verdict } from '@godwit/broker'
import { describe, expect, it } from 'vitest'
import { ClaimsAuthorizer, HttpAuthenticator } from '../src/index.ts'
import type { HttpAuthenticatorOptions } from '../src/index.ts'
import { attemptOf } from './attempts.ts'
import type { AttemptTerms } from './attempts.ts'
import { saying, WebServer } from './web-server.ts'
import type { Answering } from './web-server.ts'

const LOGIN = { username: 'ada', password: 'secret' }

describe('the question', () => {
  it('has all that is known of the client', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    const certificate = {
      commonName: 'ada',
      fingerprint: 'ab',
      serialNumber: '01',
      alternativeNames: [],
      validUntil: 0,
    }
    const peer = { encryption: 'TLSv1.3', serverName: 'mqtt.example', certificate }
    const hook = new HttpAuthenticator({ url: server.url, headers: { authorization: 'Bearer x' } })
    await hook.authenticate(attemptOf({ ...LOGIN, listener: 'lan', peer }))
    const [asked] = server.asked
    expect(asked).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer x' } })
    expect(JSON.parse(asked!.body)).toEqual({
      question: 'authenticate',
      clientId: 'lamp',
      username: 'ada',
      password: 'secret',
      remoteAddress: '192.0.2.7',
      listener: 'lan',
      version: 5,
      encryption: 'TLSv1.3',
      serverName: 'mqtt.example',
      certificate: { commonName: 'ada', fingerprint: 'ab' },
    })
  })

  it('has a password of whatever bytes', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    const hook = new HttpAuthenticator({ url: server.url })
    await hook.authenticate(attemptOf({ password: Buffer.from([0xff, 0]) }))
    expect(JSON.parse(server.asked[0]!.body)).toMatchObject({ passwordBase64: '/wA=' })
  })

  it('is not asked about clients without a password', async () => {
    await using server = await WebServer.open(saying({ allow: true }))
    for (const terms of [{}, { username: 'ada' }, { username: 'ada', password: '' }]) {
      expect(await verdictFrom(server, {}, terms)).toBe(undefined)
    }
    expect(server.asked).toEqual([])
  })
})

describe('the answer', () => {
  it.each<[object, Partial<Verdict> | undefined]>([
    [{ allow: true }, { reasonCode: 0 }],
    [
      { allow: true, username: 'bob' },
      { reasonCode: 0, username: 'bob', principal: 'bob' },
    ],
    [
      { allow: true, expiresInSeconds: 60 },
      { reasonCode: 0, expiresInMs: 60_000 },
    ],
    [
      { allow: true, expiresInSeconds: 1e300 },
      { reasonCode: 0, expiresInMs: 2_147_483_647 },
    ],
    [{ allow: false }, { reasonCode: 0x86 }],
    [{ allow: false, reason: 'no', ignore: true }, { reasonCode: 0x86 }],
  ])('%j is understood', async (answer, verdict) => {
    await using server = await WebServer.open(saying(answer))
    expect(await verdictFrom(server)).toMatchObject(verdict!)
  })

  it('can be that the program does not know the client', async () => {
    await using server = await WebServer.open(saying({ ignore: true }))
    expect(await verdictFrom(server)).toBe(undefined)
  })

  it('can have rules', async () => {
    await using server = await WebServer.open(saying({ allow: true, rules: { pub: ['a/%c'] } }))
    const hook = new HttpAuthenticator({ url: server.url })
    const claims = (await hook.authenticate(attemptOf(LOGIN)))!.claims!
    const client = { ...attemptOf(LOGIN).client, claims }
    const action = { type: 'publish', topic: 'a/lamp', qos: 0, retain: false } as const
    expect(new ClaimsAuthorizer().authorize(action, client)?.decision).toBe('allow')
    expect(hook.mayStay(client)).toBe(true)
    expect(hook.mayStay(attemptOf().client)).toBe(undefined)
  })

  it.each<[string, Answering]>([
    ['another status', saying({ allow: true }, 201)],
    ['a status that says no', saying({ allow: true }, 403)],
    ['a fault of the program', saying('{"allow":true}', 500)],
    ['no JSON', saying('yes')],
    ['no object', saying([{ allow: true }])],
    ['true', saying(true)],
    ['null', saying(null)],
    ['nothing', saying({})],
    ['a text in place of true', saying({ allow: 'true' })],
    ['1 in place of true', saying({ allow: 1 })],
    ['a prototype', saying('{"__proto__":{"allow":true}}')],
    ['a user name that is none', saying({ allow: true, username: 7 })],
    ['a user name with a line feed', saying({ allow: true, username: 'a\nb' })],
    ['an end that has been', saying({ allow: true, expiresInSeconds: 0 })],
    ['an end that is no number', saying({ allow: true, expiresInSeconds: '60' })],
    ['rules that are none', saying({ allow: true, rules: { publish: ['#'] } })],
    ['more than is read', saying(`{"allow":true,"x":"${'x'.repeat(16_384)}"}`)],
    [
      'an end in the middle',
      (_, response) => response.write('{"allow":', () => response.destroy()),
    ],
    ['no answer at all', (_, response) => response.destroy()],
  ])('with %s lets nobody in, and the log hears why but no password', async (_, answer) => {
    await using server = await WebServer.open(answer)
    const sentences: string[] = []
    const verdict = await verdictFrom(server, { refused: (_client, one) => sentences.push(one) })
    expect(verdict?.reasonCode).toBe(0x88)
    expect(sentences).toEqual([expect.stringMatching(/^http: the hook failed: /)])
    expect(sentences.join('')).not.toContain('secret')
  })

  it('that sends the password elsewhere is not obeyed', async () => {
    await using elsewhere = await WebServer.open(saying({ allow: true }))
    await using server = await WebServer.open((_, response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    )
    expect((await verdictFrom(server))?.reasonCode).toBe(0x88)
    expect(elsewhere.asked).toEqual([])
  })

  it('that does not come in time lets nobody in', async () => {
    await using server = await WebServer.open(() => {})
    expect((await verdictFrom(server, { timeoutMs: 20 }))?.reasonCode).toBe(0x88)
  })

  it('is for the log where it has a reason, escaped, and not for the client', async () => {
    await using server = await WebServer.open(saying({ allow: false, reason: '\u001b[2Jlocked' }))
    const sentences: string[] = []
    const verdict = await verdictFrom(server, { refused: (_, one) => sentences.push(one) })
    expect(verdict?.reasonString).toBe('User name or password is wrong')
    expect(sentences).toEqual([String.raw`http: the hook refused it: "\u001b[2Jlocked"`])
  })
})

it('no more questions are asked at a time than so many, and no more wait than so many', async () => {
  let release = (): void => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await using server = await WebServer.open((_, response) => {
    void held.then(() => response.end('{"allow":true}'))
  })
  const hook = new HttpAuthenticator({ url: server.url, concurrency: 1, waitingMax: 1 })
  const verdicts = [1, 2, 3].map(() => hook.authenticate(attemptOf(LOGIN)))
  expect((await verdicts[2])?.reasonCode).toBe(0x88)
  release()
  const codes = (await Promise.all(verdicts)).map((verdict) => verdict?.reasonCode)
  expect(codes).toEqual([0, 0, 0x88])
})

it.each([
  ['http://198.51.100.7/', 'wanted: https:, or http: on 127.0.0.1'],
  ['http://127.0.0.1.example/', 'wanted: https:'],
  ['file:///etc/passwd', 'wanted: https:'],
  ['https://user:secret@example.org/', 'has a password in its URL'],
  ['example.org', 'needs a URL, got "example.org"'],
])('a program at %s is not asked', (url, sentence) => {
  expect(() => new HttpAuthenticator({ url })).toThrow(sentence)
})

it('a program elsewhere is asked in the open only if that is said', () => {
  expect(() => new HttpAuthenticator({ url: 'http://hook.lan/', insecure: true })).not.toThrow()
  expect(() => new HttpAuthenticator({ url: 'ftp://hook.lan/', insecure: true })).toThrow('https:')
  expect(() => new HttpAuthenticator({ url: 'http://[::1]:80/' })).not.toThrow()
})

async function verdictFrom(
  server: WebServer,
  options: Partial<HttpAuthenticatorOptions> = {},
  terms: AttemptTerms = LOGIN,
): Promise<Verdict | undefined> {
  return new HttpAuthenticator({ url: server.url, ...options }).authenticate(attemptOf(terms))
}
