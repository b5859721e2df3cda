/** The live inspection: a proxy until it is interrupted, and what is shown of a flood. */
import type { ProtocolVersion } from '@godwit/codec'
import { Interruption } from '../interrupt.ts'
import { untilAborted } from '../until-aborted.ts'
import { Flood } from './flood.ts'
import type { Happening, Telling } from './happening.ts'
import type { Printer } from './printer.ts'
import { Proxy } from './proxy.ts'
import type { ListenAddress } from './proxy.ts'
import { dialUpstream, upstreamText } from './upstream.ts'
import type { Upstream } from './upstream.ts'

/** Which proxy. */
export interface ProxySettings {
  readonly listen: ListenAddress
  readonly to: Upstream
  readonly version?: ProtocolVersion
  /** How many packets a second are shown. */
  readonly shownMax: number
}

/** What it runs in. */
export interface ProxySurroundings {
  readonly tell: Telling
  readonly printer: Printer
  /** Takes a line about the proxy itself. */
  readonly say: (line: string) => void
  /** Ends it, which is no error. */
  readonly signal: AbortSignal
}

const HIDDEN_EVERY_MS = 1_000

/** Runs a proxy until the signal. @throws {CliError} if it cannot listen. */
export async function runProxy(
  settings: ProxySettings,
  { tell, printer, say, signal }: ProxySurroundings,
): Promise<void> {
  const { listen, to, version, shownMax } = settings
  const flood = new Flood(shownMax, () => performance.now())
  const show = (happening: Happening): void => {
    const isPacket = happening.type === 'packet'
    if (isPacket && !flood.admits(happening.sighting, printer.isFull)) return
    printer.print(tell(happening))
  }
  const showHidden = (): void => {
    const hidden = flood.takeHidden()
    if (hidden === undefined) return
    const about = {
      kind: 'not-shown',
      timeMs: Date.now(),
      details: { packets: hidden.count },
    } as const
    show({ type: 'note', text: `Not shown: ${hidden.text}`, ...about })
  }
  await using proxy = new Proxy({
    listen,
    dial: () => dialUpstream(to),
    now: () => Date.now(),
    tell: show,
    ...(version !== undefined && { version }),
  })
  const port = await proxy.start()
  say(`listening at ${listen.host}, port ${port}, for ${upstreamText(to)}`)
  const timer = setInterval(showHidden, HIDDEN_EVERY_MS)
  try {
    await untilAborted(signal)
  } finally {
    clearInterval(timer)
  }
  await proxy[Symbol.asyncDispose]()
  showHidden()
  say(`over after ${proxy.count} ${proxy.count === 1 ? 'connection' : 'connections'}`)
  if (!(signal.reason instanceof Interruption)) signal.throwIfAborted()
}
