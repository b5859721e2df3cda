// What holds of an outbox whatever happens: it does what its model does, event by event. So the
// order is that of the calls, nothing that was accepted is lost, every promise settles, and the
// bounds hold.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutboxRun } from './outbox-run.ts'
import type { Event } from './outbox-run.ts'
import { MemoryOutboxStore } from './memory-outbox-store.ts'
import { OutboxWorld } from './outbox-world.ts'

describe('an outbox', () => {
  it('does what its model does, for random events', async () => {
    await fc.assert(
      fc.asyncProperty(events, bounds, async (happenings, limits) => {
        await expect(new OutboxRun(limits).run(happenings)).resolves.toBeUndefined()
      }),
      { numRuns: 600 },
    )
  })
})

describe('an outbox with a store', () => {
  it('sends after a crash exactly what was safe and not over, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(step('publish'), step('answer'), step('acknowledge'), step('turn')), {
          maxLength: 40,
          size: 'max',
        }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, quota) => {
          const { safe, sentAfterCrash } = await crash(steps, quota)
          expect(sentAfterCrash).toEqual(safe)
        },
      ),
      { numRuns: 300 },
    )
  })
})

const qos = fc.constantFrom(0 as const, 1 as const, 2 as const)
const nth = fc.nat({ max: 3 })

const call = fc.record(
  {
    topic: fc.constantFrom('a', 'b'),
    qos,
    offline: fc.constantFrom(
      'wait' as const,
      'wait' as const,
      'drop' as const,
      'keep-last' as const,
    ),
    timeToLiveMs: fc.nat({ max: 3000 }),
    expirySeconds: fc.integer({ min: 1, max: 4 }),
  },
  { requiredKeys: ['topic', 'qos', 'offline'] },
)

const room = fc.oneof(fc.nat({ max: 4 }), fc.constant(Infinity))

const publish = fc.record({ type: fc.constant('publish' as const), call })
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: publish },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('connect' as const), isKept: fc.boolean(), room }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('lose' as const), isKept: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('room' as const), room }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('acknowledge' as const),
      nth,
      isRefused: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('receive' as const), nth }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('abort' as const), nth: fc.nat({ max: 8 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.integer({ min: 1, max: 2000 }),
    }),
  },
)
const events = fc.array(event, { maxLength: 80, size: 'max' })
const bounds = fc.record({
  messagesMax: fc.integer({ min: 1, max: 12 }),
  quota: fc.integer({ min: 1, max: 4 }),
})

type Step = 'publish' | 'answer' | 'acknowledge' | 'turn'

function step(name: Step): fc.Arbitrary<Step> {
  return fc.constant(name)
}

/** A life of a program with a slow store, its sudden end, and the beginning of the next. */
async function crash(
  steps: readonly Step[],
  quota: number,
): Promise<{ safe: string[]; sentAfterCrash: string[] }> {
  const store = new MemoryOutboxStore()
  const world = new OutboxWorld({ store })
  await world.outbox.open()
  const link = world.connect()
  link.quota = quota
  store.isHeld = true
  let count = 0
  for (const name of steps) {
    if (name === 'publish') void world.outbox.publish('a', `${count++}`, { qos: 1 })
    else if (name === 'answer') store.answer(1)
    else if (name === 'acknowledge' && link.inFlight.length > 0) world.acknowledge(link)
    else if (name === 'turn') await world.clock.settled()
    const known = [...store.messages.values()].map(({ payload }) =>
      new TextDecoder().decode(payload),
    )
    expect(known).toEqual(expect.arrayContaining(textsOf(link.inFlight)))
  }
  const safe = textsOf([...store.messages.values()])
  const next = new OutboxWorld({ store })
  await next.outbox.open()
  return { safe, sentAfterCrash: next.connect().texts }
}

function textsOf(messages: readonly { readonly payload: Uint8Array }[]): string[] {
  return messages.map(({ payload }) => new TextDecoder().decode(payload))
}
