// Topic Aliases (§3.3.2.3.4): what the peer's mean, and which topics get one of ours.

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InboundAliases, OutboundAliases } from '../src/index.ts'
import { faultOf, frame } from './protocol.ts'

describe("a peer's Topic Alias", () => {
  it('stands for the Topic Name that came with it, until another does', () => {
    const aliases = new InboundAliases(10, 1000)
    expect(resolved(aliases, 'a/b', 1)).toBe('a/b')
    expect(resolved(aliases, 'c', 2)).toBe('c')
    expect([resolved(aliases, '', 1), resolved(aliases, '', 2)]).toEqual(['a/b', 'c'])
    expect(resolved(aliases, 'd', 1)).toBe('d')
    expect([resolved(aliases, '', 1), resolved(aliases, '', 2)]).toEqual(['d', 'c'])
  })

  it('is accepted from 1 to the maximum [MQTT-3.3.2-12]', () => {
    const aliases = new InboundAliases(65_535, 1_000_000)
    for (let alias = 1; alias <= 65_535; alias += 1023) resolved(aliases, `t${alias}`, alias)
    expect(resolved(aliases, '', 1)).toBe('t1')
    expect(resolved(aliases, '', 1024)).toBe('t1024')
  })

  it('is refused above the maximum [MQTT-3.3.2-9]', () => {
    const fault = [0x94, 'MQTT-3.3.2-9']
    expect(faultOf(() => resolved(new InboundAliases(2, 1000), 'a', 3))).toEqual(fault)
    expect(faultOf(() => resolved(new InboundAliases(0, 1000), 'a', 1))).toEqual(fault)
  })

  it('is refused above the maximum of a client [MQTT-3.3.2-11]', () => {
    const aliases = new InboundAliases(2, 1000, 'MQTT-3.3.2-11')
    expect(faultOf(() => resolved(aliases, 'a', 3))).toEqual([0x94, 'MQTT-3.3.2-11'])
  })

  it('is a Protocol Error where it was never explained on this connection [MQTT-3.3.2-7]', () => {
    const aliases = new InboundAliases(2, 1000)
    expect(faultOf(() => resolved(aliases, '', 1))).toEqual([0x82, undefined])
    resolved(aliases, 'a', 2)
    expect(faultOf(() => resolved(aliases, '', 1))).toEqual([0x82, undefined])
  })

  it('is refused where the Topic Names take too much memory', () => {
    const aliases = new InboundAliases(10, 20)
    resolved(aliases, 'abcdef', 1)
    resolved(aliases, 'abcd', 2)
    expect(faultOf(() => resolved(aliases, 'a', 3))).toEqual([0x94, undefined])
    resolved(aliases, 'abcdef', 1)
    resolved(aliases, 'abcde', 1)
    expect(resolved(aliases, 'a', 3)).toBe('a')
  })

  it('is nothing that a PUBLISH must have', () => {
    const publish = frame({ topic: 'a' })
    new InboundAliases(0, 0).resolve(publish)
    expect(publish.topic).toBe('a')
  })
})

describe('a Topic Alias of our own', () => {
  it('is given on the second use of a topic, and then replaces its name', () => {
    const aliases = new OutboundAliases(10)
    expect(aliases.enabled).toBe(true)
    expect(uses(aliases, 'a/b/c', 'a/b/c', 'a/b/c', 'a/b/c')).toEqual([0, -1, 1, 1])
    expect(uses(aliases, 'd/e/f', 'd/e/f', 'a/b/c', 'd/e/f')).toEqual([0, -2, 1, 2])
  })

  it('is never above the maximum [MQTT-3.3.2-11]', () => {
    const aliases = new OutboundAliases(3)
    const given = Array.from({ length: 1000 }, (_, index) => aliases.use(`topic/${index % 7}`))
    expect(Math.max(...given.map(Math.abs))).toBe(3)
    expect(new Set(given)).toContain(-3)
  })

  it('does not exist where the peer allows none [MQTT-3.1.2-27]', () => {
    const aliases = new OutboundAliases(0)
    expect(aliases.enabled).toBe(false)
    expect(uses(aliases, 'a/b/c', 'a/b/c', 'a/b/c')).toEqual([0, 0, 0])
  })

  it('is not for topics that are as short as itself', () => {
    expect(uses(new OutboundAliases(1), 'abc', 'abc', 'abc', 'abcd', 'abcd')).toEqual([
      0, 0, 0, 0, -1,
    ])
  })

  it('is told again where the PUBLISH that told it was not sent', () => {
    const aliases = new OutboundAliases(1)
    expect(uses(aliases, 'a/b/c', 'a/b/c')).toEqual([0, -1])
    aliases.forget('a/b/c')
    expect(uses(aliases, 'a/b/c', 'a/b/c')).toEqual([-1, 1])
    aliases.forget('never/used')
    expect(aliases.use('a/b/c')).toBe(1)
  })

  it('is not taken by topics that come once', () => {
    const aliases = new OutboundAliases(1)
    for (let index = 0; index < 100; index++) expect(aliases.use(`once/${index}`)).toBe(0)
    expect(uses(aliases, 'twice', 'twice')).toEqual([0, -1])
    for (let index = 0; index < 100; index++) expect(aliases.use(`once/${index}`)).toBe(0)
    expect(aliases.use('twice')).toBe(1)
  })

  it('stays with the topic that is used more often', () => {
    const aliases = new OutboundAliases(1)
    uses(aliases, 'often', 'often', 'often', 'often')
    expect(uses(aliases, 'rare/1', 'rare/1', 'rare/2', 'rare/2')).toEqual([0, 0, 0, 0])
    expect(aliases.use('often')).toBe(1)
  })

  it('changes to a topic that has become the busier one', () => {
    const aliases = new OutboundAliases(1)
    for (let count = 0; count < 10_000; count++) aliases.use('yesterday')
    const given = Array.from({ length: 100 }, () => aliases.use('today'))
    expect(given.filter((alias) => alias < 0)).toEqual([-1])
    expect(given.at(-1)).toBe(1)
    expect(uses(aliases, 'yesterday')).toEqual([0])
  })

  it('changes its topic with the Topic Name, so that the peer knows', () => {
    const aliases = new OutboundAliases(2)
    expect(uses(aliases, 'a/old', 'a/old', 'b/old', 'b/old')).toEqual([0, -1, 0, -2])
    expect(uses(aliases, 'a/new', 'a/new', 'a/new', 'a/new')).toEqual([0, 0, -2, 2])
    expect(uses(aliases, 'a/old', 'b/old')).toEqual([1, 0])
  })

  it('goes to the busy topics among a great many', () => {
    const aliases = new OutboundAliases(8)
    let saved = 0
    for (let count = 0; count < 20_000; count++) {
      aliases.use(`one/of/many/${count % 5000}`)
      if (aliases.use(`busy/${count % 8}`) > 0) saved++
    }
    expect(saved).toBeGreaterThan(19_900)
  })
})

it('both ends agree on what an alias stands for, whatever is sent and not sent', () => {
  const message = fc.record({ number: fc.nat(12), sent: fc.boolean() })
  const traffic = fc.array(message, { minLength: 1, maxLength: 300 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), traffic, (maximum, messages) => {
      const ours = new OutboundAliases(maximum)
      const theirs = new InboundAliases(maximum, 10_000)
      for (const { number, sent } of messages) {
        const topic = `topic/${number}`
        expect(sentAndResolved(ours, theirs, topic, sent)).toBe(topic)
      }
    }),
  )
})

function resolved(aliases: InboundAliases, topic: string, topicAlias: number): string {
  const publish = frame({ topic, properties: { topicAlias } })
  aliases.resolve(publish)
  return publish.topic
}

function uses(aliases: OutboundAliases, ...topics: readonly string[]): readonly number[] {
  return topics.map((topic) => aliases.use(topic))
}

/** What the peer takes the topic to be, where it is sent. */
function sentAndResolved(
  ours: OutboundAliases,
  theirs: InboundAliases,
  topic: string,
  sent: boolean,
): string {
  const alias = ours.use(topic)
  if (alias === 0) return topic
  if (sent || alias > 0) return resolved(theirs, alias > 0 ? '' : topic, Math.abs(alias))
  ours.forget(topic)
  return topic
}
