/** `check` reads the files that a configuration names, and says what is wrong with each. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { CertificateAuthority, selfSigned } from '@godwit/transport/testing'
import { describe, expect, it } from 'vitest'
import { checkConfiguration, reportText } from '../../src/configuration/check-order.ts'
import type { CheckReport } from '../../src/configuration/check-order.ts'
import { sentenceOf } from '../../src/configuration/fault.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

describe('a file that is named', () => {
  it.each([
    [
      'authentication: { passwordFile: pw }',
      'authentication.passwordFile names D/pw, which is not there',
    ],
    [
      'authentication: { passwordFile: passwort.txt }',
      'authentication.passwordFile names D/passwort.txt, which is not there: did you mean passwords.txt?',
    ],
    [
      'authentication: { passwordFile: none/pw }',
      'authentication.passwordFile names D/none/pw, which is not there: nor is its directory',
    ],
    [
      'authorization: { aclFile: folder }',
      'authorization.aclFile cannot be used: D/folder is no file: give the path of a text file',
    ],
    [
      "listeners: [{ url: 'mqtts://127.0.0.1', tls: { certificate: folder, key: pw } }]",
      'listeners[0].tls.certificate names D/folder, which is a directory',
    ],
    [
      "admin: { url: 'http://127.0.0.1:1', tokenFile: tokens }",
      'admin.tokenFile names D/tokens, which is not there',
    ],
  ])('%s', async (text, sentence) => {
    const report = await checked(text, { 'passwords.txt': 'ann:$7$x' }, ['folder'])
    expect(report.sentences[0]).toMatch(new RegExp(`^a\\.yaml:1:\\d+: `))
    expect(report.sentences.map((each) => each.replace(/^a\.yaml:1:\d+: /, ''))).toContain(sentence)
  })

  it('is looked at by the reader that the broker has for it, with its lines', async () => {
    const { sentences } = await checked(
      'authentication: { passwordFile: pw }\nauthorization: { aclFile: acl }\n',
      { pw: 'ann:secret\nbob\n', acl: 'user ann\ntopic raed a/#\n' },
    )
    expect(sentences.map((each) => each.split(': ', 3).join(': '))).toEqual([
      'a.yaml:1:19: authentication.passwordFile cannot be used: D/pw:1',
      'a.yaml:1:19: authentication.passwordFile cannot be used: D/pw:2',
      'a.yaml:2:18: authorization.aclFile cannot be used: D/acl:2',
    ])
    expect(sentences.join('\n')).not.toContain('secret')
  })

  it('may be empty, and that is refused', async () => {
    const { sentences } = await checked(
      'authentication: { passwordFile: pw, scramFile: scram }\nauthorization: { aclFile: acl }\n',
      { pw: '', scram: '# nobody\n', acl: '' },
    )
    expect(sentences).toHaveLength(3)
  })

  it('may be short for a secret of tokens', async () => {
    const text = 'authentication: { jwt: { secretFile: secret } }\n'
    expect((await checked(text, { secret: 'hunter2' })).sentences).toEqual([
      'a.yaml:1:26: authentication.jwt.secretFile cannot be used: ' +
        'D/secret has 7 bytes, and a secret needs 32 or more',
    ])
  })

  it('may have a private key where a public one belongs', async () => {
    const { key } = await selfSigned()
    const text = 'authentication: { jwt: { publicKeyFile: key } }\n'
    const [sentence] = (await checked(text, { key })).sentences
    expect(sentence).toMatch(/publicKeyFile cannot be used: D\/key is a private key/)
  })

  it('may have rules that cannot be meant', async () => {
    const text = "authorization: { rules: [{ allow: [publish], topics: ['a/#/b'] }] }\n"
    const [sentence] = (await checked(text)).sentences
    expect(sentence).toMatch(
      /^a\.yaml:1:18: authorization\.rules cannot be used: rule 1: "a\/#\/b"/,
    )
  })
})

describe('certificates and keys', () => {
  const text = `
listeners:
  - url: mqtts://0.0.0.0:8883
    tls: { certificate: crt, key: key, clientCa: ca }
authentication: { certificate: {} }
`

  it('that fit are in order, and it is said who comes in', async () => {
    const authority = await CertificateAuthority.create()
    const { certificate, key } = await authority.issue({ commonName: 'localhost' })
    const { report } = await checked(text, { crt: certificate, key, ca: authority.certificate })
    expect(reportText(report)).toBe(
      'The configuration can be used. It lets in:\n' +
        '  mqtts-8883  mqtts://0.0.0.0:8883  ' +
        'everybody who reaches it, with a certificate; everything is allowed\n',
    )
  })

  it('that do not belong together are not', async () => {
    const [one, other] = [await selfSigned(), await selfSigned()]
    const files = { crt: one.certificate, key: other.key, ca: one.certificate }
    const [sentence] = (await checked(text, files)).sentences
    expect(sentence).toMatch(/^a\.yaml:4:5: listeners\[0\]\.tls cannot be used: The certificate/)
  })

  it('that hold nothing are not', async () => {
    const { certificate, key } = await selfSigned()
    const [sentence] = (await checked(text, { crt: certificate, key, ca: '' })).sentences
    expect(sentence).toMatch(/listeners\[0\]\.tls cannot be used: clientCa holds no certificate/)
  })
})

describe('a report', () => {
  it('tells what readers noticed, once for all listeners', async () => {
    await using directory = await temporaryDirectory()
    const text =
      'listeners: [{ url: "mqtt://127.0.0.1:0" }, { url: "ws://127.0.0.1:0" }]\n' +
      'authorization: { aclFile: acl }\nauthentication: { anonymous: true, passwordFile: pw }\n'
    await writeFile(directory.at('a.yaml'), text)
    await writeFile(directory.at('acl'), 'topic read #\n')
    await writeFile(directory.at('pw'), PASSWORDS)
    await chmod(directory.at('pw'), 0o644)
    const sources = { file: 'a.yaml', env: {}, flags: {}, directory: directory.path }
    const report = await checkConfiguration(sources)
    expect(report.ok).toBe(true)
    const about = report.notices.filter(({ about: key }) => key === 'authentication.passwordFile')
    expect(about.map(({ place }) => place)).toEqual(['a.yaml:3:36'])
  })

  it('is JSON for programs', async () => {
    const { report } = await checked('data: [1]\n')
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      ok: false,
      faults: [
        {
          place: 'a.yaml:1:1',
          key: 'data',
          message: 'is a list, and has to be the path of a directory',
        },
      ],
      notices: [],
      listeners: [],
    })
  })
})

/** A user ann whose password is `secret`, as mosquitto_passwd wrote it. */
const PASSWORDS =
  'ann:$7$101$lyAzaBzSPIz8HJVn$' +
  'iIVTtXbrz2L1CGzHEJvEZJ0OLHBHMpu3hKC0FKWxCJ8qLGyS4pEQzBCXmZ4rVwN0u0BqPqpIfVYyBmIL4H4yuA==\n'

async function checked(
  text: string,
  files: Readonly<Record<string, string>> = {},
  folders: readonly string[] = [],
): Promise<{ report: CheckReport; sentences: readonly string[] }> {
  await using directory = await temporaryDirectory()
  for (const folder of folders) await mkdir(directory.at(folder))
  for (const [name, contents] of Object.entries({ ...files, 'a.yaml': text })) {
    await writeFile(directory.at(name), contents, { mode: 0o600 })
  }
  const sources = { file: 'a.yaml', env: {}, flags: {}, directory: directory.path }
  const report = await checkConfiguration(sources)
  const plain = (each: string): string => each.replaceAll(directory.path, 'D')
  return { report, sentences: report.faults.map(sentenceOf).map(plain) }
}
