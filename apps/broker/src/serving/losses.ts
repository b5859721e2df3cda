/** What clients would lose under other guards: their connection, or some of their subscriptions. */
import type { Guards, Inspection, SessionSummary } from '@godwit/broker'
import { ReasonCode } from '@godwit/codec'

/** What one client would lose. */
export interface Loss {
  readonly clientId: string
  /** Such as `its connection` or `its subscription to "a/#"`. */
  readonly loses: string
}

/** How many are told; the first of them say enough. */
const LOSSES_MAX = 1000

/** Asks other guards about all who are connected. `pause` lets others have a turn. */
export async function lossesOf(
  inspection: Pick<Inspection, 'clients' | 'subscriptions'>,
  guards: Guards,
  pause: () => Promise<unknown>,
): Promise<readonly Loss[]> {
  const losses: Loss[] = []
  for (let after: string | undefined; ;) {
    const page = inspection.clients({ limit: 1000, ...(after !== undefined && { after }) })
    for (const session of page.items) {
      losses.push(...(await lossesOfOne(session, inspection, guards)))
      if (losses.length >= LOSSES_MAX) return losses.slice(0, LOSSES_MAX)
    }
    after = page.next
    if (after === undefined) return losses
    await pause()
  }
}

async function lossesOfOne(
  { client, subscriptions }: SessionSummary,
  inspection: Pick<Inspection, 'subscriptions'>,
  guards: Guards,
): Promise<readonly Loss[]> {
  const { clientId } = client
  if (guards.mayStay?.(client) === false) return [{ clientId, loses: 'its connection' }]
  if (guards.authorize === undefined || subscriptions === 0) return []
  const losses: Loss[] = []
  for (let after: string | undefined; ;) {
    const request = { clientId, limit: 1000, ...(after !== undefined && { after }) }
    const page = inspection.subscriptions(request)
    for (const { filter, qos } of page.items) {
      const answer = await guards.authorize({ type: 'subscribe', filter, qos }, client)
      if (!isGranted(answer)) {
        losses.push({ clientId, loses: `its subscription to ${JSON.stringify(filter)}` })
      }
    }
    after = page.next
    if (after === undefined) return losses
  }
}

function isGranted(answer: boolean | ReasonCode | 'partly'): boolean {
  return answer === true || answer === 'partly' || answer === ReasonCode.Success
}
