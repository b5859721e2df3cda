/**
 * A mosquitto.conf with its password and ACL files, run by Mosquitto and by the built app: the same
 * clients are let in, and the same messages reach them, as Mosquitto's own clients see it.
 */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, vi } from 'vitest'
import { freePort, runningMosquitto, wholeMosquitto } from '../mosquitto-broker.ts'
import { godwit } from '../running-broker.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { published, subscribed } from './mosquitto.ts'
import { absence, demand, skips } from './peer.ts'

vi.setConfig({ testTimeout: 60_000 })

const TOPICS = ['open', 'open/a', 'home/ada', 'home/bob/x', 'secret', 'a/lamp', 'own/ada', '$x/y']

const CLIENTS: readonly Client[] = [
  { name: 'nobody', id: 'lamp', flags: [] },
  { name: 'ada', id: 'ada', flags: ['-u', 'ada', '-P', 'right'] },
  { name: 'bob', id: 'lamp', flags: ['-u', 'bob', '-P', 'right'] },
  { name: 'bob, with a wrong password', id: 'x', flags: ['-u', 'bob', '-P', 'wrong'] },
  { name: 'bob, without a password', id: 'x', flags: ['-u', 'bob'] },
  { name: 'eve, who is not in the file', id: 'x', flags: ['-u', 'eve', '-P', 'right'] },
]

const ACL = `
topic read open/#
topic write a/lamp
user root
topic readwrite #
topic readwrite $x/#
user ada
topic readwrite open/#
topic read #
topic deny secret
user bob
topic home/bob/#
topic write open
pattern readwrite home/%u
pattern read own/%u
pattern write a/%c
pattern read end
`.trimStart()

it.skipIf(skips(wholeMosquitto))(
  `a mosquitto.conf means the same in the app${absence(wholeMosquitto)}`,
  async () => {
    demand(wholeMosquitto)
    let settings: readonly string[] = []
    await using mosquitto = await runningMosquitto(async (folder) => {
      settings = await settingsIn(folder)
      return settings
    })
    await using directory = await temporaryDirectory()
    const file = directory.at('mosquitto.conf')
    const port = await freePort()
    await writeFile(file, [`listener ${port} 127.0.0.1`, ...settings, ''].join('\n'))
    await using program = godwit('--config', file)
    await program.printed(/^listening mqtt:/m)
    const ours = await outcomeOf(port)
    const theirs = await outcomeOf(mosquitto.port)
    expect(ours).toEqual(theirs)
    expect(theirs.size).toBe(2 * CLIENTS.length * TOPICS.length)
    expect(new Set(theirs.values())).toEqual(new Set(['arrives', 'does not', 'not let in']))
  },
)

interface Client {
  readonly name: string
  readonly id: string
  readonly flags: readonly string[]
}

async function settingsIn(folder: string): Promise<readonly string[]> {
  const passwords = join(folder, 'passwords')
  const acl = join(folder, 'acl')
  await writeFile(passwords, '', { mode: 0o600 })
  for (const user of ['root', 'ada', 'bob']) {
    await promisify(execFile)('mosquitto_passwd', ['-b', passwords, user, 'right'])
  }
  await writeFile(acl, ACL, { mode: 0o600 })
  return ['allow_anonymous true', `password_file ${passwords}`, `acl_file ${acl}`]
}

/** What becomes of each message that a client sends, or that is there for it. */
async function outcomeOf(port: number): Promise<ReadonlyMap<string, string>> {
  const at = { broker: { port }, version: 4 } as const
  const asRoot = ['-u', 'root', '-P', 'right', '-q', '1']
  await using root = await subscribed(at, ...asRoot, '-t', '#', '-t', '$x/#')
  const outcome = new Map<string, string>()
  for (const { name, id, flags } of CLIENTS) {
    const known = ['-i', id, ...flags]
    const isIn = await letsIn(published(at, name, ...known, '-t', 'open/none'))
    for (const topic of isIn ? TOPICS : []) {
      await published(at, name, ...known, '-q', '1', '-t', topic)
    }
    await using receiver = await received()
    for (const topic of isIn ? TOPICS : []) await published(at, name, ...asRoot, '-t', topic)
    await published(at, name, ...asRoot, '-t', 'end')
    await root.received('end', CLIENTS.findIndex((each) => each.name === name) + 1)
    await receiver?.received('end', 1)
    for (const topic of TOPICS) {
      const arrived = (messages: typeof root.messages = []): number =>
        messages.filter((each) => each.topic === topic && String(each.payload) === name).length
      const told = (arrives: boolean): string =>
        isIn ? (arrives ? 'arrives' : 'does not') : 'not let in'
      outcome.set(`${topic} to ${name}`, told(arrived(receiver?.messages) > 0))
      outcome.set(`${topic} of ${name}`, told(arrived(root.messages) > 1))
    }

    async function received(): Promise<typeof root | undefined> {
      return isIn ? subscribed(at, ...known, '-q', '1', '-t', '#') : undefined
    }
  }
  return outcome
}

/** The programs say by their exit code whether the broker has let them in. */
async function letsIn(publishing: Promise<void>): Promise<boolean> {
  return publishing.then(
    () => true,
    () => false,
  )
}
