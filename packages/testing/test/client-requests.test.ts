// Requests and responses between clients (§4.10).

import { describe, expect, it } from 'vitest'
import { testBroker } from '../src/index.ts'
import { comeBack, failureOf } from './arrivals.ts'

describe('a request', () => {
  it.each([0, 1, 2] as const)('at QoS %i is answered by whoever responds', async (qos) => {
    await using world = await testBroker()
    await using asker = await world.connect()
    await using answerer = await world.connect()
    await using _ = await answerer.respond('sum/+', (request) => `${request.text()}!`, { qos })
    const answers = ['1', '2', '3'].map((text) => asker.request('sum/a', text, { qos }))
    const texts = (await Promise.all(answers)).map((answer) => answer.text())
    expect(texts).toEqual(['1!', '2!', '3!'])
  })

  it('gets the properties of its answer', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    await using _ = await client.respond('q', async () => ({
      payload: new Uint8Array([1]),
      properties: { contentType: 'application/octet-stream' },
    }))
    const answer = await client.request('q', 'x')
    expect(answer.properties.contentType).toBe('application/octet-stream')
    expect([...answer.payload]).toEqual([1])
  })

  it('that nobody answers ends when its time is over', async () => {
    await using world = await testBroker()
    await using client = await world.connect()
    const answer = client.request('nobody', 'x', { timeoutMs: 5_000 })
    const failure = failureOf(answer)
    await world.advance(5_000)
    expect(await failure).toMatchObject({ code: 'timeout' })
    expect(world.now).toBe(5_000)
  })

  it('survives the loss of a connection at QoS 1', async () => {
    await using world = await testBroker()
    await using asker = await world.connect({ clientId: 'asker' })
    await using answerer = await world.connect({ clientId: 'answerer' })
    let answering: (text: string) => void = () => {}
    const answered = new Promise<string>((resolve) => (answering = resolve))
    await using _ = await answerer.respond('q', () => answered, { qos: 1 })
    const answer = asker.request('q', 'x', { qos: 1, timeoutMs: 600_000 })
    await world.settled()
    await comeBack(world, asker)
    await comeBack(world, answerer)
    answering('late')
    expect((await world.advanceUntil(answer)).text()).toBe('late')
  })
})
