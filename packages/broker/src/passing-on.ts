/**
 * Hands what was for a Shared Subscription, and need not wait for this client, to another of its
 * members (§4.8.2).
 */
import type { Deliveries } from './deliveries.ts'
import type { Delivery } from './delivery.ts'
import type { ShareMember } from './share-group.ts'
import type { Surroundings } from './surroundings.ts'

/** The client is gone. A QoS 2 exchange that has begun is finished by it or not at all. */
export function passOn(
  { sender, queue, gate, durability, ended }: Deliveries,
  owner: ShareMember,
  { counters }: Surroundings,
): void {
  const isPassedOn = ({ message, terms }: Pick<Delivery, 'message' | 'terms'>): boolean => {
    if (message === undefined || terms.share === undefined) return false
    message.entry?.close()
    return terms.share.redeliver(message, owner, ended)
  }
  const begun = sender.withdraw(isPassedOn) // [MQTT-4.8.2-4] [MQTT-4.8.2-5]
  const passed: Delivery[] = []
  // What stays is where the session stands: after a crash, what is behind it comes here again.
  let isBehind = queue.hasStored
  const queued = queue.withdraw((delivery) => {
    const isToStay = delivery.qos === 2 && isBehind && durability !== undefined && !ended
    const isGiven = !isToStay && isPassedOn(delivery)
    if (!isGiven) isBehind = true
    else if (!isBehind) passed.push(delivery)
    return isGiven
  })
  counters.messagesQueued -= queued.length
  durability?.passedOn([...begun, ...queued], passed)
  gate?.withdraw(isPassedOn)
}
