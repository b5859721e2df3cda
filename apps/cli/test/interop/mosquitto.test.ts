/** `godwit` and the broker of mosquitto, with mosquitto's programs at the other end. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { godwit, run } from '../program/godwit.ts'
import { Program } from '../program/program.ts'
import type { Outcome } from '../program/program.ts'
import { access, MISSING_BROKER, startMosquitto } from './mosquitto-broker.ts'
import type { MosquittoBroker } from './mosquitto-broker.ts'
import { absence, skips } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const skipped = skips(MISSING_BROKER)
const missing = absence(MISSING_BROKER)

/** A subscriber of either kind that the broker has let in; its output is what `-C` waits for. */
async function subscriber(
  broker: MosquittoBroker,
  kind: 'godwit' | 'mosquitto',
  ...args: readonly string[]
): Promise<Program> {
  const all = [...broker.where, ...args]
  const program =
    kind === 'godwit' ? godwit('sub', ...all, '-d') : new Program('mosquitto_sub', [...all, '-d'])
  program.input()
  if (kind === 'godwit') await program.printed(/SUBACK/, 'stderr')
  // It keeps what it prints until its output is full or it ends.
  else await delay(400)
  return program
}

/** What was printed, without what `-d` of mosquitto_sub mixes into it. */
function messages({ stdout }: Pick<Outcome, 'stdout'>): string {
  return stdout.replaceAll(/^(?:Client|Subscribed) .*\n/gm, '')
}

describe('mosquitto 2', () => {
  for (const version of ['5', '311', '31']) {
    for (const qos of ['0', '1', '2']) {
      it.skipIf(skipped)(
        `carries messages from godwit to mosquitto_sub and back in version ${version} at QoS ${qos}${missing}`,
        async () => {
          await using broker = await startMosquitto()
          // Beyond its Receive Maximum of 20, mosquitto_sub ends with a protocol error of its own.
          const count = version === '5' && qos === '2' ? 10 : 200
          const lines = Array.from({ length: count }, (_, index) => `${index} ünï\n`).join('')
          const flags = ['-t', 'a/b', '-q', qos, '-V', version]
          const until = [...flags, '-C', String(2 * count)]
          await using ours = await subscriber(broker, 'godwit', ...until)
          await using theirs = await subscriber(broker, 'mosquitto', ...until)
          await using publisher = godwit('pub', ...broker.where, ...flags, '-l').input(lines)
          expect(await publisher.outcome()).toMatchObject({ code: 0, stderr: '' })
          await using other = new Program('mosquitto_pub', [...broker.where, ...flags, '-l'])
          expect((await other.input(lines).outcome()).code).toBe(0)
          for (const program of [ours, theirs]) {
            const outcome = await program.outcome()
            expect(outcome.code).toBe(0)
            expect(messages(outcome)).toBe(lines + lines)
          }
        },
      )
    }
  }

  it.skipIf(skipped)(`keeps what godwit has retained, and forgets it again${missing}`, async () => {
    await using broker = await startMosquitto()
    const retained = ['-t', 'a', '-r', '-q', '1']
    expect((await run('pub', ...broker.where, ...retained, '-m', 'kept')).code).toBe(0)
    const listing = ['sub', ...broker.where, '-t', '#', '--retained-only', '-v']
    expect(await run(...listing, '-C', '1')).toMatchObject({ code: 0, stdout: 'a kept\n' })
    expect(await run(...listing, '--remove-retained')).toMatchObject({ stdout: 'a kept\n' })
    expect(await run(...listing, '-W', '1')).toMatchObject({ code: 27, stdout: '' })
  })

  it.skipIf(skipped)(
    `carries requests from mosquitto_rr to godwit respond, and from godwit request${missing}`,
    async () => {
      await using broker = await startMosquitto()
      const where = [...broker.where, '-t', 'upper']
      await using responder = godwit('respond', ...where, '--exec', 'tr a-z A-Z', '-C', '3', '-d')
      responder.input()
      await responder.printed(/SUBACK/, 'stderr')
      const asked = [...where, '-m', 'some text', '-e', 'answers/1']
      await using theirs = new Program('mosquitto_rr', [...asked, '-V', '5']).input()
      expect(await theirs.outcome()).toMatchObject({ code: 0, stdout: 'SOME TEXT\n' })
      expect(await run('request', ...asked)).toMatchObject({ code: 0, stdout: 'SOME TEXT\n' })
      const bare = await run('request', ...where, '-m', 'more')
      expect(bare).toMatchObject({ code: 0, stdout: 'MORE\n' })
      expect((await responder.outcome()).code).toBe(0)
    },
  )

  it.skipIf(skipped)(
    `publishes the Will of a godwit that is killed, not of one that leaves${missing}`,
    async () => {
      await using broker = await startMosquitto()
      await using watcher = await subscriber(broker, 'godwit', '-t', 'will/+', '-C', '1', '-v')
      const will = (topic: string) => ['--will-topic', topic, '--will-payload', 'gone', '-d']
      for (const [name, signal] of [
        ['will/left', 'SIGINT'],
        ['will/killed', 'SIGKILL'],
      ] as const) {
        await using doomed = godwit('sub', ...broker.where, '-t', 'a', ...will(name)).input()
        await doomed.printed(/SUBACK/, 'stderr')
        doomed.signal(signal)
        await doomed.ended
      }
      expect(await watcher.outcome()).toMatchObject({ code: 0, stdout: 'will/killed gone\n' })
    },
  )

  it.skipIf(skipped)(`is found again by godwit sub after a restart${missing}`, async () => {
    await using broker = await startMosquitto()
    await using sub = await subscriber(broker, 'godwit', '-t', 'a', '-C', '1')
    await broker.restart()
    await sub.printed(/Connected again\.[^]*SUBACK/, 'stderr')
    expect((await run('pub', ...broker.where, '-t', 'a', '-m', 'after')).code).toBe(0)
    expect(await sub.outcome()).toMatchObject({ code: 0, stdout: 'after\n' })
  })

  it.skipIf(skipped)(
    `refuses who is nobody, and what is not allowed, with a Reason Code as exit code${missing}`,
    async () => {
      await using broker = await startMosquitto(...access('joe', 'secret', 'joe/#'))
      const message = ['-m', 'x', '-q', '1']
      const nobody = await run('pub', ...broker.where, '-t', 'joe/a', ...message)
      expect(nobody).toMatchObject({ code: 135, stdout: '' })
      expect(nobody.stderr).toMatch(/^godwit pub: .*Not authorized \(0x87\).*\n$/)
      const joe = [...broker.where, '-u', 'joe', '-P', 'secret']
      expect(await run('pub', ...joe, '-t', 'joe/a', ...message)).toMatchObject({ code: 0 })
      const forbidden = await run('pub', ...joe, '-t', 'other', ...message)
      expect(forbidden).toMatchObject({ code: 135, stdout: '' })
      expect(forbidden.stderr).toMatch(/^godwit pub: Publishing to "other" was refused: .*\n$/)
    },
  )
})
