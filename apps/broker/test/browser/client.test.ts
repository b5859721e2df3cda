/** The client in Chromium, over WebSocket, against our broker. */
import { connect } from '@godwit/client'
import type { Client, ConnectOptions } from '@godwit/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startBroker } from '../running-broker.ts'
import type { RunningBroker } from '../running-broker.ts'
import { absence, noBrowser, putToSleep, startBrowser } from './chromium.ts'
import { Line } from './line.ts'
import type * as program from './page-program.ts'
import { startSite } from './site.ts'
import type { Site } from './site.ts'

declare const godwit: typeof program

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let broker: RunningBroker
let site: Site
let browser: Browser

describe.skipIf(noBrowser)(`in Chromium${absence}, the client`, () => {
  beforeAll(async () => {
    ;[broker, site, browser] = await Promise.all([
      startBroker('--log-level', 'warn'),
      startSite(),
      startBrowser(),
    ])
  })

  afterAll(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
  })

  it('publishes and subscribes at QoS 0, 1 and 2', async () => {
    const page = await openPage()
    const other = await otherClient()
    const heard = await listen(other, 'from-page/#')
    await begin(page, broker.wsUrl)
    await page.evaluate(() => godwit.subscribe('to-page/#', 2))
    for (const qos of [0, 1, 2] as const) {
      const text = `at ${qos}, ünïcode 𝄞`
      const reasonCode = await page.evaluate(
        ([text, qos]) => godwit.publish(`from-page/${qos}`, text, qos),
        [text, qos] as const,
      )
      expect(reasonCode).toBe(0)
      expect(await heard()).toEqual([`from-page/${qos}`, qos, text])
      await other.publish(`to-page/${qos}`, text, { qos })
    }
    expect(await messages(page, 3)).toEqual([
      'to-page/0 0 at 0, ünïcode 𝄞',
      'to-page/1 1 at 1, ünïcode 𝄞',
      'to-page/2 2 at 2, ünïcode 𝄞',
    ])
    await page.evaluate(() => godwit.end())
    expect(await page.evaluate(() => godwit.states)).toEqual(['connecting', 'connected', 'closed'])
  })

  it('carries a message larger than the buffers on the way', async () => {
    const page = await openPage()
    await begin(page, broker.wsUrl)
    await page.evaluate(() => godwit.subscribe('large', 1))
    const echoed = await page.evaluate(async () => {
      await godwit.publish('large', 'x'.repeat(900_000), 1)
      await godwit.received(1)
      return godwit.messages[0]?.length
    })
    expect(echoed).toBe('large 1 '.length + 900_000)
  })

  it('works in a web worker', async () => {
    const page = await openPage()
    const messages = await page.evaluate(async (url) => {
      await godwit.inWorker('begin', url, {})
      await godwit.inWorker('subscribe', 'worker', 1)
      await godwit.inWorker('publish', 'worker', 'from a worker', 1)
      await godwit.inWorker('received', 1)
      const messages = await godwit.inWorker('messages')
      await godwit.inWorker('end')
      return messages
    }, broker.wsUrl)
    expect(messages).toEqual(['worker 1 from a worker'])
  })

  it('connects again when the broker has started anew, and subscribes anew', async () => {
    const page = await openPage()
    await using line = await Line.to(Number(new URL(broker.wsUrl).port))
    await begin(page, `ws://127.0.0.1:${line.port}`)
    await page.evaluate(() => godwit.subscribe('restarted', 1))
    await using restarted = await startBroker('--log-level', 'warn')
    line.cut()
    await page.waitForFunction(() => godwit.states.includes('waiting'))
    line.leadTo(Number(new URL(restarted.wsUrl).port))
    line.mend()
    await page.evaluate(() => godwit.connected())
    const other = await otherClient(restarted)
    // The subscription may be a moment behind the connection.
    await vi.waitFor(async () => {
      await other.publish('restarted', 'hello again', { qos: 1 })
      expect(await page.evaluate(() => godwit.messages.length)).toBeGreaterThan(0)
    })
    expect((await messages(page, 1))[0]).toBe('restarted 1 hello again')
  })

  it('misses nothing and sends what waited when the line was cut', async () => {
    const page = await openPage()
    await using line = await Line.to(Number(new URL(broker.wsUrl).port))
    const other = await otherClient()
    const heard = await listen(other, 'waited/#')
    await begin(page, `ws://127.0.0.1:${line.port}`)
    await page.evaluate(() => godwit.subscribe('missed/#', 2))
    line.cut()
    await page.waitForFunction(() => godwit.states.includes('waiting'))
    for (const qos of [1, 2] as const) await other.publish(`missed/${qos}`, 'kept', { qos })
    await page.evaluate(() => {
      for (const qos of [0, 1, 2] as const) godwit.publishLater(`waited/${qos}`, 'sent', qos)
    })
    line.mend()
    for (const qos of [0, 1, 2]) expect(await heard()).toEqual([`waited/${qos}`, qos, 'sent'])
    expect(await messages(page, 2)).toEqual(['missed/1 1 kept', 'missed/2 2 kept'])
    await page.waitForFunction(() => godwit.outboxMessages() === 0)
  })

  it('wakes up in a tab that slept beyond its Keep Alive, and gets what it missed', async () => {
    const page = await openPage()
    await using line = await Line.to(Number(new URL(broker.wsUrl).port))
    const other = await otherClient()
    await begin(page, `ws://127.0.0.1:${line.port}`, { keepAliveSeconds: 1 })
    await page.evaluate(() => godwit.subscribe('asleep', 1))
    await page.evaluate(() => godwit.keepTime())
    const wake = await putToSleep(browser)
    // The broker hears nothing for 1.5 times the Keep Alive.
    await vi.waitFor(() => expect(line.openSockets).toBe(0), { timeout: 10_000, interval: 50 })
    await other.publish('asleep', 'good morning', { qos: 1 })
    wake()
    expect(await messages(page, 1)).toEqual(['asleep 1 good morning'])
    expect(await page.evaluate(() => godwit.longestPauseMs)).toBeGreaterThan(1_000)
    expect(await page.evaluate(() => godwit.states)).toEqual(
      expect.arrayContaining(['connected', 'waiting']),
    )
    await page.evaluate(() => godwit.connected())
  })

  it('keeps its outbox in IndexedDB when the page is loaded anew', async () => {
    const page = await openPage()
    await using line = await Line.to(Number(new URL(broker.wsUrl).port))
    const url = `ws://127.0.0.1:${line.port}`
    const other = await otherClient()
    const heard = await listen(other, 'stored/#')
    line.cut()
    await begin(page, url, {}, 'drafts')
    await page.evaluate(async () => {
      for (const qos of [0, 1, 2] as const) godwit.publishLater(`stored/${qos}`, 'kept', qos)
      await godwit.stored('drafts', 3)
    })
    await page.reload()
    line.mend()
    await begin(page, url, {}, 'drafts')
    for (const qos of [0, 1, 2]) expect(await heard()).toEqual([`stored/${qos}`, qos, 'kept'])
    await page.evaluate(() => godwit.stored('drafts', 0))
  })
})

async function openPage(): Promise<Page> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  onTestFinished(() => expect(errors).toEqual([]))
  await page.goto(site.url)
  return page
}

/** Makes the client of the page, which loses no time between attempts. */
async function begin(
  page: Page,
  url: string,
  options: ConnectOptions = {},
  outbox?: string,
): Promise<void> {
  const reconnect = { baseMs: 20, capMs: 200 }
  await page.evaluate(([url, options, outbox]) => godwit.begin(url, options, outbox), [
    url,
    { reconnect, ...options },
    outbox,
  ] as const)
}

/** What has come to the page when it has so many messages. */
async function messages(page: Page, count: number): Promise<readonly string[]> {
  await page.evaluate((count) => godwit.received(count), count)
  return page.evaluate(() => godwit.messages)
}

/** Somebody else, here and over TCP. */
async function otherClient({ tcpUrl }: RunningBroker = broker): Promise<Client> {
  const client = await connect(tcpUrl)
  onTestFinished(() => client.close())
  return client
}

/** Subscribes at QoS 2; each call of what comes back waits for one more message. */
async function listen(
  client: Client,
  filter: string,
): Promise<() => Promise<readonly [topic: string, qos: number, text: string]>> {
  const stream = await client.subscribe(filter, { qos: 2 })
  const iterator = stream[Symbol.asyncIterator]()
  return async () => {
    const { value } = await iterator.next()
    return [value.topic, value.qos, value.text()]
  }
}
