/**
 * What the page does: one client, and notes of what it saw. Bundled for browsers as the global
 * `godwit`, whose functions the tests call from outside.
 */
import { open } from '@godwit/client'
import type { Client, ConnectOptions, ConnectionStatus, QoS } from '@godwit/client'
import { indexedDbOutbox } from '@godwit/client/outbox-indexeddb'
import type { PageIndexedDb, PageWorker } from './page-platform.ts'

declare const Worker: new (url: string) => PageWorker
declare const indexedDB: PageIndexedDb

/** The messages that came, as `topic QoS text`. */
export const messages: string[] = []

/** The states that the client went through. */
export const states: ConnectionStatus['state'][] = []

/** The longest time for which nothing ran here, in milliseconds. */
export let longestPauseMs = 0

let client: Client | undefined

/** Makes the client, with an outbox in IndexedDB if that is given a name. */
export function begin(url: string, options: ConnectOptions, outbox?: string): void {
  client = open(url, {
    ...options,
    ...(outbox !== undefined && { outbox: { store: indexedDbOutbox(outbox) } }),
  })
  void watch(client)
}

/** Resolves when it is connected. */
export async function connected(): Promise<void> {
  await theClient().connected()
}

/** Subscribes, and notes what comes. */
export async function subscribe(filter: string, qos: QoS): Promise<void> {
  const stream = await theClient().subscribe(filter, { qos })
  void (async () => {
    for await (const message of stream) {
      messages.push(`${message.topic} ${message.qos} ${message.text()}`)
    }
  })()
}

/** Publishes, and resolves with the code of the answer. */
export async function publish(topic: string, text: string, qos: QoS): Promise<number> {
  return theClient().publish(topic, text, { qos })
}

/** Publishes when there is a connection, without waiting for it. */
export function publishLater(topic: string, text: string, qos: QoS): void {
  publish(topic, text, qos).catch(() => {})
}

/** Resolves when so many messages have come. */
export async function received(count: number): Promise<void> {
  while (messages.length < count) await shortly()
}

/** Resolves when so many messages are in an outbox in IndexedDB. */
export async function stored(outbox: string, count: number): Promise<void> {
  while ((await countStored(outbox)) !== count) await shortly()
}

/** How many messages wait to be sent or acknowledged. */
export function outboxMessages(): number {
  return theClient().statistics.outboxMessages
}

/** Leaves in order. */
export async function end(): Promise<void> {
  await theClient().close()
}

/** Keeps time, so that a pause can be seen. */
export function keepTime(): void {
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    longestPauseMs = Math.max(longestPauseMs, now - last)
    last = now
  }, 50)
}

/** Has a worker do the same: calls a function of this program there, or reads what it noted. */
export function inWorker(name: string, ...args: readonly unknown[]): Promise<unknown> {
  const its = (worker ??= new Worker('/worker.js'))
  return new Promise((resolve, reject) => {
    its.addEventListener('message', ({ data }) => resolve(data), { once: true })
    its.addEventListener('error', ({ message }) => reject(new Error(message)), { once: true })
    its.postMessage([name, ...args], [])
  })
}

let worker: PageWorker | undefined

function theClient(): Client {
  if (client === undefined) throw new Error('Call begin first')
  return client
}

async function watch(watched: Client): Promise<void> {
  for await (const { state } of watched.statusChanges()) states.push(state)
}

function shortly(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

function countStored(outbox: string): Promise<number> {
  return new Promise((resolve) => {
    const opening = indexedDB.open(outbox)
    // It is for the client to make it.
    opening.addEventListener('upgradeneeded', () => opening.transaction?.abort())
    opening.addEventListener('error', () => resolve(0))
    opening.addEventListener('success', () => {
      const database = opening.result
      const counting = database.transaction('messages').objectStore('messages').count()
      counting.addEventListener('success', () => {
        database.close()
        resolve(counting.result)
      })
    })
  })
}
