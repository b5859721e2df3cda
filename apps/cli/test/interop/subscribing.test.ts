/** The flags of mosquitto_sub for what is received and printed, in both programs. */
import { describe, expect, it, vi } from 'vitest'
import type { Program } from '../program/program.ts'
import { startServer } from '../program/server.ts'
import type { Server } from '../program/server.ts'
import { absence, skips, SUBSCRIBERS } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

describe.each(SUBSCRIBERS)('$name', (program) => {
  const skipped = skips(program.missing)
  const missing = absence(program.missing)

  function start({ port }: Server, ...args: readonly string[]): Program {
    return program.start('-h', '127.0.0.1', '-p', String(port), ...args).input()
  }

  it.skipIf(skipped)(`-t subscribes to a topic, and to another one${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a/+', '-t', 'b/#', '-C', '2', '-v')
    await subscribed(server, 'a/+', 'b/#')
    publish(server, 'c', 'no')
    publish(server, 'a/1', 'one')
    publish(server, 'b', 'two')
    expect(await running.outcome()).toEqual({
      code: 0,
      signal: null,
      stdout: 'a/1 one\nb two\n',
      stderr: '',
    })
  })

  it.skipIf(skipped)(`-L names the server and the topic at once${missing}`, async () => {
    await using server = await startServer()
    await using running = program
      .start('-L', `mqtt://127.0.0.1:${server.port}/a/#`, '-C', '1')
      .input()
    await subscribed(server, 'a/#')
    publish(server, 'a/1', 'one')
    expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'one\n' })
  })

  it.skipIf(skipped).each([0, 1, 2] as const)(
    `-q subscribes at the QoS that it says: %i${missing}`,
    async (qos) => {
      await using server = await startServer()
      await using running = start(server, '-t', 'a', '-q', String(qos), '-C', '1', '-F', '%q')
      const [packet] = await server.subscribes(1)
      expect(packet?.subscriptions).toMatchObject([{ filter: 'a', qos }])
      server.broker.publish({ topic: 'a', payload: Buffer.from('x'), qos: 2 })
      expect(await running.outcome()).toMatchObject({ code: 0, stdout: `${qos}\n` })
    },
  )

  it.skipIf(skipped)(`-C ends after so many messages${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a', '-C', '2')
    await subscribed(server, 'a')
    for (const text of ['one', 'two', 'three']) publish(server, 'a', text)
    expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
  })

  it.skipIf(skipped)(`-W ends after so many seconds, with exit code 27${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a', '-W', '1')
    await subscribed(server, 'a')
    publish(server, 'a', 'one')
    expect(await running.outcome()).toMatchObject({ code: 27, stdout: 'one\n' })
  })

  it.skipIf(skipped)(`-E ends when the subscription is granted${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a', '-E')
    expect(await running.outcome()).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    expect(await server.subscribes(1)).toHaveLength(1)
  })

  it.skipIf(skipped)(`-R prints nothing that was retained${missing}`, async () => {
    await using server = await startServer()
    retain(server, 'a/old', 'old')
    await using running = start(server, '-t', 'a/#', '-R', '-C', '1')
    await subscribed(server, 'a/#')
    publish(server, 'a/new', 'new')
    expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'new\n' })
  })

  it.skipIf(skipped)(
    `-T leaves out the topics of a filter, and counts them not${missing}`,
    async () => {
      await using server = await startServer()
      await using running = start(server, '-t', 'a/#', '-T', 'a/b/+', '-T', 'a/c', '-C', '2', '-v')
      await subscribed(server, 'a/#')
      for (const topic of ['a/b/1', 'a/c', 'a/b', 'a/d']) publish(server, topic, 'x')
      expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'a/b x\na/d x\n' })
    },
  )

  it.skipIf(skipped)(`-U takes a subscription out of a session${missing}`, async () => {
    await using server = await startServer()
    const session = ['-c', '-i', 'lasting', '-q', '1']
    await using first = start(server, ...session, '-t', 'a', '-t', 'b', '-E')
    expect((await first.outcome()).code).toBe(0)
    await using second = start(server, ...session, '-U', 'a', '-t', 'b', '-C', '1', '-v')
    await server.until('UNSUBSCRIBE', () =>
      server.packets.find(({ type }) => type === 'unsubscribe'),
    )
    publish(server, 'a', 'no')
    publish(server, 'b', 'yes')
    expect(await second.outcome()).toMatchObject({ code: 0, stdout: 'b yes\n' })
  })

  it.skipIf(skipped)(`-c receives what came to the session meanwhile${missing}`, async () => {
    await using server = await startServer()
    const session = ['-c', '-i', 'lasting', '-q', '1']
    await using first = start(server, ...session, '-t', 'a', '-E')
    expect((await first.outcome()).code).toBe(0)
    for (const text of ['one', 'two']) {
      server.broker.publish({ topic: 'a', payload: Buffer.from(text), qos: 1 })
    }
    await using second = start(server, ...session, '-t', 'b', '-C', '2', '-v')
    expect(await second.outcome()).toMatchObject({ code: 0, stdout: 'a one\na two\n' })
  })

  it.skipIf(skipped).each([
    ['-v prints the topic in front of the payload', ['-v'], 'a/b {"x":1}\n'],
    ['-F prints in a format', ['-F', '%t;%-9p;%05l;%X;%q;%r'], F_OUTPUT],
    ['-N prints no line break behind a message', ['-N'], '{"x":1}'],
    ['-N goes with -v', ['-N', '-v'], 'a/b {"x":1}'],
  ])(`%s${missing}`, async (_, args, stdout) => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a/b', '-C', '1', ...args)
    await subscribed(server, 'a/b')
    publish(server, 'a/b', '{"x":1}')
    expect(await running.outcome()).toMatchObject({ code: 0, stdout })
  })

  it.skipIf(skipped)(`an empty payload is nothing, with -v (null)${missing}`, async () => {
    for (const [args, stdout] of [
      [[], ''],
      [['-v'], 'a (null)\n'],
    ] as const) {
      await using server = await startServer()
      await using running = start(server, '-t', 'a', '-C', '1', ...args)
      await subscribed(server, 'a')
      publish(server, 'a', '')
      expect(await running.outcome()).toMatchObject({ code: 0, stdout })
    }
  })

  it.skipIf(skipped)(`--pretty prints JSON on many lines${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a', '-C', '1', '-F', '%j', '--pretty')
    await subscribed(server, 'a')
    publish(server, 'a', 'x')
    const { stdout } = await running.outcome()
    expect(stdout).toMatch(/^\{\n\t"tst":\t"[^"]+",\n\t"topic":\t"a",\n/)
  })

  it.skipIf(skipped)(
    `--random-filter prints so many percent of the messages${missing}`,
    async () => {
      await using server = await startServer()
      await using running = start(server, '-t', 'a', '--random-filter', '30', '-W', '1')
      await subscribed(server, 'a')
      for (let index = 0; index < 2_000; index += 1) publish(server, 'a', String(index))
      const { code, stdout } = await running.outcome()
      expect(code).toBe(27)
      const printed = stdout.split('\n').length - 1
      // Theirs means tenths of percents.
      const expected = program.name.startsWith('godwit') ? 600 : 60
      expect(printed).toBeGreaterThan(expected * 0.6)
      expect(printed).toBeLessThan(expected * 1.4)
    },
  )

  it.skipIf(skipped)(
    `--retained-only ends at the first message that was not retained${missing}`,
    async () => {
      await using server = await startServer()
      retain(server, 'a/1', 'one')
      retain(server, 'a/2', 'two')
      await using running = start(server, '-t', 'a/#', '--retained-only', '-v')
      await subscribed(server, 'a/#')
      publish(server, 'a/3', 'three')
      expect(await running.outcome()).toMatchObject({ code: 0, stdout: 'a/1 one\na/2 two\n' })
    },
  )

  it.skipIf(skipped)(
    `--remove-retained has the server forget, but for what -T leaves out${missing}`,
    async () => {
      await using server = await startServer()
      const before = retainedCount(server)
      for (const topic of ['a/1', 'a/2', 'a/3']) retain(server, topic, 'x')
      await using running = start(server, '-t', 'a/#', '--remove-retained', '-T', 'a/2', '-W', '1')
      expect((await running.outcome()).code).toBe(27)
      expect(retainedCount(server)).toBe(before + 1)
    },
  )

  it.skipIf(skipped)(
    `--retain-as-published asks how messages were published${missing}`,
    async () => {
      await using server = await startServer()
      const flags = ['-V', '5', '--retain-as-published', '-F', '%r', '-C', '1']
      await using running = start(server, '-t', 'a', ...flags)
      const [packet] = await server.subscribes(1)
      expect(packet?.subscriptions).toMatchObject([{ retainAsPublished: true }])
      retain(server, 'a', 'x')
      expect(await running.outcome()).toMatchObject({ code: 0, stdout: '1\n' })
    },
  )

  it.skipIf(skipped)(`-D subscribe sets the properties of SUBSCRIBE${missing}`, async () => {
    await using server = await startServer()
    const property = ['-D', 'subscribe', 'user-property', 'a', 'b']
    await using _ = start(server, '-V', '5', '-t', 'a', ...property, '-E')
    const [packet] = await server.subscribes(1)
    expect(packet?.properties).toMatchObject({ userProperty: [['a', 'b']] })
  })

  it.skipIf(skipped)(`without a topic it ends with exit code 1${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server)
    expect((await running.outcome()).code).toBe(1)
  })

  it.skipIf(skipped)(`a filter that is none ends it with exit code 1${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a#')
    const { code, stderr } = await running.outcome()
    expect(code).toBe(1)
    expect(stderr).toContain('a#')
  })

  it.skipIf(skipped)(`-R with --retained-only ends with exit code 1${missing}`, async () => {
    await using server = await startServer()
    await using running = start(server, '-t', 'a', '-R', '--retained-only')
    expect((await running.outcome()).code).toBe(1)
  })
})

it('--remove-retained with --retained-only ends when nothing retained has come for a second', async () => {
  await using server = await startServer()
  const before = retainedCount(server)
  const topics = Array.from({ length: 500 }, (_, index) => `a/${index}`)
  for (const topic of topics) retain(server, topic, 'x')
  const flags = ['--remove-retained', '--retained-only', '-F', '%t']
  const where = ['-h', '127.0.0.1', '-p', String(server.port)]
  await using running = SUBSCRIBERS[0]!.start(...where, '-t', 'a/#', ...flags).input()
  const { code, stdout } = await running.outcome()
  expect(code).toBe(0)
  expect(stdout.trimEnd().split('\n').toSorted()).toEqual(topics.toSorted())
  expect(retainedCount(server)).toBe(before)
})

// Theirs does too, but for one time in a hundred, when its handler waits for itself.
it.each(['SIGINT', 'SIGTERM'] as const)('%s ends godwit sub with exit code 0', async (name) => {
  await using server = await startServer()
  const where = ['-h', '127.0.0.1', '-p', String(server.port)]
  await using running = SUBSCRIBERS[0]!.start(...where, '-t', 'a').input()
  await subscribed(server, 'a')
  running.signal(name)
  expect(await running.outcome()).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
})

const F_OUTPUT = 'a/b;{"x":1}  ;00007;7B2278223A317D;0;0\n'

/** Resolves when all of the filters are subscribed to, and the broker has taken note. */
async function subscribed(server: Server, ...filters: readonly string[]): Promise<void> {
  await server.until(`a subscription to ${filters.join(' and ')}`, () => {
    const found = server.packets.flatMap((packet) =>
      packet.type === 'subscribe' ? packet.subscriptions.map(({ filter }) => filter) : [],
    )
    return filters.every((filter) => found.includes(filter)) ? true : undefined
  })
  // The packet was overheard on its way in: it is handled in the same turn.
  await new Promise((resolve) => setImmediate(resolve))
}

function publish({ broker }: Server, topic: string, text: string): void {
  broker.publish({ topic, payload: Buffer.from(text) })
}

function retain({ broker }: Server, topic: string, text: string): void {
  broker.publish({ topic, payload: Buffer.from(text), retain: true })
}

function retainedCount({ broker }: Server): number {
  return broker.stats().retainedMessages
}
