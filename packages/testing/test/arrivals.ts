// What streams bring, for tests that want to look at so many messages.

import type { Client, Message, MessageStream } from '@godwit/client'
import type { World } from '../src/index.ts'

/** The next messages of a stream, which goes on. The last of them is not acknowledged yet. */
export async function next(stream: MessageStream, count = 1): Promise<readonly Message[]> {
  const reader = readerOf(stream)
  const messages: Message[] = []
  while (messages.length < count) {
    const { done, value } = await reader.next()
    if (done === true) break
    messages.push(value)
  }
  return messages
}

/** Their texts. */
export async function texts(stream: MessageStream, count = 1): Promise<readonly string[]> {
  return (await next(stream, count)).map((message) => message.text())
}

/** What comes to a stream until nothing is under way any more. */
export function arriving(stream: MessageStream): Message[] {
  const messages: Message[] = []
  void (async () => {
    for await (const message of stream) messages.push(message)
  })()
  return messages
}

/** What a promise is rejected with, asked for before that can happen. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** The line of a client breaks, and it has another one. */
export async function comeBack(world: World, client: Client): Promise<void> {
  const { connections } = client.statistics
  world.cut(client.clientId)
  await world.settled()
  await world.advanceUntil(client.connected())
  if (client.statistics.connections !== connections + 1) throw new Error('It did not come back')
}

const readers = new WeakMap<MessageStream, AsyncIterator<Message>>()

function readerOf(stream: MessageStream): AsyncIterator<Message> {
  const reader = readers.get(stream) ?? stream[Symbol.asyncIterator]()
  readers.set(stream, reader)
  return reader
}
