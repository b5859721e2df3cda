/** What the log says of a login that was refused: more than the client is told. */
import { writeFile } from 'node:fs/promises'
import { formatPasswordHash, hashPassword } from '@godwit/auth'
import { expect, it, vi } from 'vitest'
import { connectPacket, RawClient } from '../raw-client.ts'
import { startBroker } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

vi.setConfig({ testTimeout: 30_000 })

it('a wrong password is logged with its client, user and listener, and without the password', async () => {
  await using directory = await temporaryDirectory()
  const hash = await hashPassword(Buffer.from('right'), METHOD)
  await writeFile(directory.at('passwords'), `ada:${formatPasswordHash(hash)}\n`, { mode: 0o600 })
  const { program, port, ...broker } = await startBroker(
    '--password-file',
    directory.at('passwords'),
  )
  await using _broker = broker
  using client = await RawClient.open(port)
  const password = Buffer.from('a guess')
  client.send(connectPacket({ clientId: 'lamp', username: 'ada', password }))
  expect(await client.packet('connack')).toMatchObject({ reasonCode: 0x86 })
  const line = await program.until('log it', () => program.stderr.match(/.*login refused.*/)?.[0])
  expect(JSON.parse(line)).toMatchObject({
    clientId: 'lamp',
    username: 'ada',
    listener: 'mqtt-0',
    cause: 'passwords: a wrong password of user "ada"',
  })
  expect(program.stderr).not.toContain('a guess')
})

const METHOD = { algorithm: 'pbkdf2-sha512', iterations: 1000 } as const
