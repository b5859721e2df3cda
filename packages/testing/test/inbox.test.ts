// What the broker took, for those who wait for it.

import { describe, expect, it } from 'vitest'
import { Inbox } from '../src/inbox.ts'
import { TestMessage } from '../src/test-message.ts'

describe('take', () => {
  it('gives each message once, the oldest first', async () => {
    const inbox = new Inbox()
    for (const topic of ['a/1', 'b', 'a/2']) inbox.add(message(topic))
    expect([await topicOf(inbox, 'a/+'), await topicOf(inbox, '#')]).toEqual(['a/1', 'b'])
    expect(await topicOf(inbox, 'a/+')).toBe('a/2')
    await expect(inbox.take('#', 1)).rejects.toThrow('No message on "#" came within 1 ms')
  })

  it('waits for what is still to come, each call for another', async () => {
    const inbox = new Inbox()
    const taken = [topicOf(inbox, 'a'), topicOf(inbox, '+'), topicOf(inbox, '+')]
    for (const topic of ['b', 'a', 'c', 'd']) inbox.add(message(topic))
    expect(await Promise.all(taken)).toEqual(['a', 'b', 'c'])
    expect(await topicOf(inbox, '#')).toBe('d')
  })

  it('says what there is instead of what does not come', async () => {
    const inbox = new Inbox()
    await expect(inbox.take('lamp/1', 1)).rejects.toThrow(
      'No message on "lamp/1" came within 1 ms. Nothing else waits to be looked at. ' +
        'What waits for time to pass needs world.advance.',
    )
    inbox.add(message('lamp/2'))
    await expect(inbox.take('lamp/1', 1)).rejects.toThrow('On other topics there are: "lamp/2".')
  })

  it('refuses a filter that is none', () => {
    expect(() => new Inbox().take('a/#/b', 1)).toThrow(RangeError)
  })

  it('does not wait beyond the end', async () => {
    const inbox = new Inbox()
    const taken = inbox.take('a', 1_000)
    inbox.close()
    await expect(taken).rejects.toThrow('The world was closed before a message on "a" came')
  })
})

describe('all', () => {
  it('has every message, taken or not', async () => {
    const inbox = new Inbox()
    for (const topic of ['a/1', 'b', '$sys', 'a/2']) inbox.add(message(topic))
    await inbox.take('a/1', 1)
    expect(inbox.all('a/#').map(({ topic }) => topic)).toEqual(['a/1', 'a/2'])
    expect(inbox.all(undefined)).toHaveLength(4)
  })
})

describe('a message', () => {
  it('reads its payload', () => {
    expect(message('a', '{"on":true}').json()).toEqual({ on: true })
    expect(message('a', 'é').text()).toBe('é')
    expect(() => message('a', '{').json()).toThrow(SyntaxError)
  })
})

async function topicOf(inbox: Inbox, filter: string): Promise<string> {
  const { topic } = await inbox.take(filter, 1_000)
  return topic
}

function message(topic: string, text = ''): TestMessage {
  const payload = new TextEncoder().encode(text)
  const published = { topic, payload, qos: 0, retain: false, properties: {} } as const
  return new TestMessage({ ...published, publisher: 'c' }, 0)
}
