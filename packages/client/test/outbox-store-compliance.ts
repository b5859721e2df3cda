// What every store of an outbox has to do, whatever it is made of.
import { describe, expect, it } from 'vitest'
import type { OutboxStore, StoredMessage } from '../src/outbox/outbox-store.ts'
import { message } from './stored-message.ts'

/** What a suite needs of the kind of store that it is about. */
export interface StoreKind {
  /** A store at a place where nothing is yet, unless `place` was used before. */
  open(place: string): OutboxStore
  /** Whether it finds out that another store is at its place, which not every platform allows. */
  readonly isGuarded: boolean
}

/** The suite. */
export function storeCompliance(name: string, kind: StoreKind): void {
  describe(`the contract of stores, ${name}`, () => {
    it('is empty at first', async () => {
      const store = kind.open('empty')
      expect(await store.load()).toEqual([])
      await store.close()
    })

    it('loads what was appended, with every field, in the order of the sequence', async () => {
      const store = kind.open('fields')
      await store.load()
      await store.append([FULL])
      await store.append([message(1), message(2)])
      expect(await reloaded(store, 'fields')).toEqual([message(1), message(2), FULL])
    })

    it('loads payloads of all sizes, and with memory of their own', async () => {
      const store = kind.open('sizes')
      await store.load()
      const shared = new Uint8Array(100_000).map((_, n) => n)
      const sizes = [0, 1, 65_535, 65_536, 100_000]
      const messages = sizes.map((size, n) => ({
        ...message(n + 1),
        payload: shared.subarray(0, size),
      }))
      await store.append(messages)
      const loaded = await reloaded(store, 'sizes')
      expect(loaded.map(({ payload }) => payload)).toEqual(messages.map(({ payload }) => payload))
      expect(loaded[1]!.payload.buffer.byteLength).toBeLessThan(1000)
    })

    it('loads no message that was removed, and does not mind one that is not there', async () => {
      const store = kind.open('removed')
      await store.load()
      await store.append([1, 2, 3, 4].map(message))
      await store.remove([2, 3, 7])
      await store.remove([])
      expect(await reloaded(store, 'removed')).toEqual([message(1), message(4)])
    })

    it('takes calls that overlap in their order', async () => {
      const store = kind.open('overlap')
      await store.load()
      const ended: string[] = []
      const note = (what: string) => () => ended.push(what)
      await Promise.all([
        store.append([message(1)]).then(note('append 1')),
        store.append([message(2), message(3)]).then(note('append 2, 3')),
        store.remove([1, 3]).then(note('remove 1, 3')),
        store.append([message(4)]).then(note('append 4')),
        store.remove([4]).then(note('remove 4')),
      ])
      expect(ended).toEqual(['append 1', 'append 2, 3', 'remove 1, 3', 'append 4', 'remove 4'])
      expect(await reloaded(store, 'overlap')).toEqual([message(2)])
    })

    it('ends what is under way when it is closed', async () => {
      const store = kind.open('closed')
      await store.load()
      const appended = store.append([message(1)])
      await store.close()
      await appended
      await store.close()
      const again = kind.open('closed')
      expect(await again.load()).toEqual([message(1)])
      await again.close()
    })

    it('rejects what comes before it was loaded, and after it was closed', async () => {
      const store = kind.open('order')
      await expect(store.append([message(1)])).rejects.toThrow(/is not open$/)
      await store.load()
      await expect(store.load()).rejects.toThrow(/was loaded before$/)
      await store.close()
      await expect(store.append([message(1)])).rejects.toThrow(/is not open$/)
      await expect(store.remove([1])).rejects.toThrow(/is not open$/)
    })

    it.each(kind.isGuarded ? ['one'] : [])('is used by %s at a time', async (place) => {
      const store = kind.open(place)
      await store.load()
      await store.append([message(1)])
      await expect(kind.open(place).load()).rejects.toThrow(
        /is in use, by this or another .+\. Give each client .+ of its own, or close the other/,
      )
      expect(await reloaded(store, place)).toEqual([message(1)])
    })

    it('holds nothing when it was closed before it was loaded', async () => {
      const store = kind.open('early')
      const loading = store.load()
      await store.close()
      await expect(loading).rejects.toThrow(/is not open$/)
      const next = kind.open('early')
      expect(await next.load()).toEqual([])
      await next.close()
    })

    it('keeps thousands of messages through life after life', async () => {
      let store = kind.open('many')
      await store.load()
      for (let life = 0; life < 3; life++) {
        const first = life * 1000 + 1
        const messages = Array.from({ length: 1000 }, (_, n) => message(first + n))
        await store.append(messages)
        await store.remove(messages.slice(5).map(({ sequence }) => sequence))
        await store.close()
        store = kind.open('many')
        const left = await store.load()
        expect(left.map(({ sequence }) => sequence)).toEqual(
          [1, 1001, 2001].slice(0, life + 1).flatMap((n) => [n, n + 1, n + 2, n + 3, n + 4]),
        )
      }
      await store.close()
    })

    async function reloaded(store: OutboxStore, place: string): Promise<readonly StoredMessage[]> {
      await store.close()
      const next = kind.open(place)
      const messages = await next.load()
      await next.close()
      return messages
    }
  })
}

const FULL: StoredMessage = {
  sequence: 2 ** 40,
  topic: 'maße/🌍',
  payload: new Uint8Array([0, 0xff, 0x80]),
  qos: 2,
  retain: true,
  properties: {
    payloadFormatIndicator: 0,
    messageExpiryInterval: 4_294_967_295,
    contentType: 'application/json',
    responseTopic: 'answers/7',
    correlationData: new Uint8Array([1, 2, 3]),
    userProperty: [
      ['same', 'one'],
      ['same', ''],
    ],
  },
  acceptedAt: 1_700_000_000_000.25,
  expiresAt: 1_700_000_060_000.5,
}
