/** Streams come and go, connections break, messages come: against a reference model. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SubscriptionModel } from './subscription-model.ts'
import type { ServerHabits } from './subscription-model.ts'

const FILTERS = ['a', 'a/#', 'a/+', 'a/b', '+/b', '#', '$share/g/a/b']
const TOPICS = ['a', 'a/b', 'a/c', 'b/b', 'c']

const qos = fc.constantFrom(0 as const, 1 as const, 2 as const)
const which = fc.nat({ max: 9 })

type Act = (model: SubscriptionModel) => void

const act: fc.Arbitrary<readonly [name: string, act: Act]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.uniqueArray(fc.constantFrom(...FILTERS), { minLength: 1, maxLength: 3 }), qos)
      .map(([filters, highest]) =>
        named(`subscribe ${filters.join()} ${highest}`, (model) => {
          model.subscribe(filters, highest)
        }),
      ),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...TOPICS), qos)
      .map(([topic, of]) => named(`publish ${topic} ${of}`, (model) => model.publish(topic, of))),
  },
  {
    weight: 6,
    arbitrary: fc
      .integer({ min: 0, max: 9 })
      .map((dice) => named(dice === 0 ? 'refuse' : 'answer', (model) => model.answer(dice === 0))),
  },
  {
    weight: 6,
    arbitrary: which.map((at) =>
      named(`read ${at}`, (model) => {
        const reading = model.readings[at]
        if (reading !== undefined) model.read(reading)
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: which.map((at) =>
      named(`close ${at}`, (model) => {
        const reading = model.readings[at]
        if (reading !== undefined && !reading.isOver) model.close(reading)
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 4 }).map((done) => named(`lose ${done}`, (model) => model.lose(done))),
  },
  {
    weight: 2,
    arbitrary: fc
      .boolean()
      .map((present) => named(`connect ${present}`, (model) => model.connect(present))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      named('wait', (model) => {
        model.world.clock.advance(10_000)
      }),
    ),
  },
)

function named(name: string, act: Act): readonly [string, Act] {
  return [name, act]
}

const SERVERS: readonly (readonly [string, ServerHabits])[] = [
  ['with identifiers', { version: 5, hasIdentifiers: true, sendsCopies: false }],
  ['with identifiers, in copies', { version: 5, hasIdentifiers: true, sendsCopies: true }],
  ['without identifiers', { version: 5, hasIdentifiers: false, sendsCopies: false }],
  ['of MQTT 3.1.1', { version: 4, hasIdentifiers: false, sendsCopies: false }],
  ['of MQTT 3.1.1, in copies', { version: 4, hasIdentifiers: false, sendsCopies: true }],
]

describe.each(SERVERS)('whatever happens, with a server %s', (_, habits) => {
  it('messages reach who asked, once and in order, are settled once, and wanted is granted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60, size: 'max' }), async (acts) => {
        const model = new SubscriptionModel(habits)
        for (const [, happens] of acts) {
          happens(model)
          await Promise.resolve()
          await Promise.resolve()
          await Promise.resolve()
          expect(model.faults()).toEqual([])
        }
        await model.calm()
        expect(model.faultsInCalm()).toEqual([])
        for (const reading of model.readings) if (!reading.isOver) model.close(reading)
        await model.calm()
        expect(model.faultsInCalm()).toEqual([])
        expect(model.world.link.asked).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})
