// A stand-in for a session: its state is what a test says, and it writes down what it is handed.

import { Message } from '../src/message.ts'
import type { HeldSubscription, RouteTerms } from '../src/route.ts'
import { ShareGroup } from '../src/share-group.ts'
import type { ShareMember, ShareStrategy } from '../src/share-group.ts'

/** What a member was handed. */
export interface Copy {
  readonly message: Message
  readonly terms: RouteTerms
}

/** A subscriber that takes what it can. */
export class RecordingMember implements ShareMember {
  readonly name: string
  /** Its name is its Client Identifier. */
  readonly client: { readonly clientId: string }
  readiness: ShareMember['readiness'] = 'ready'
  inFlight = 0
  isGone = false
  /** Whether it takes what has to wait; what cannot wait is always taken, if only to be lost. */
  takes = true
  /** What it took. */
  taken: Copy[] = []
  /** What it was offered, whether it took it or not. */
  offered: Copy[] = []
  /** What it does before it answers. */
  onOffer: () => void = () => {}

  constructor(name: string) {
    this.name = name
    this.client = { clientId: name }
  }

  /** It is to be unsubscribed, and away until then. */
  leave(): void {
    this.isGone = true
    this.readiness = 'away'
  }

  deliver(message: Message, terms: RouteTerms): boolean {
    this.offered.push({ message, terms })
    this.onOffer()
    const lost = this.readiness === 'away' && Math.min(message.qos, terms.qos) === 0
    if (!this.takes && !lost) return false
    this.taken.push({ message, terms })
    return true
  }

  /** The Topic Names of what it took since it was asked last. */
  takeTopics(): readonly string[] {
    const topics = this.taken.map(({ message }) => message.topic)
    this.taken = []
    this.offered = []
    return topics
  }
}

/** Members of these names. */
export function membersNamed<const Names extends readonly string[]>(
  ...names: Names
): { readonly [Index in keyof Names]: RecordingMember } {
  return names.map((name) => new RecordingMember(name)) as never
}

/** A message without content, of QoS 1 and not from a client unless told otherwise. */
export function messageTo(topic: string, qos: 0 | 1 | 2 = 1, publisher?: string): Message {
  const payload = new Uint8Array()
  const fields = { dup: false, retain: false, packetId: 0, properties: {} } as const
  return new Message({ type: 'publish', topic, qos, payload, ...fields }, 0, publisher)
}

/** A subscription at QoS 1 without further wishes, unless told otherwise. */
export function subscriptionTo(
  filter: string,
  options: Partial<HeldSubscription> = {},
): HeldSubscription {
  return {
    filter,
    qos: 1,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
    ...options,
  }
}

/** A group with these members. */
export function groupOf(strategy: ShareStrategy, members: readonly RecordingMember[]): ShareGroup {
  const group = new ShareGroup('t', strategy)
  for (const member of members) group.add(member, subscriptionTo('$share/g/t'))
  return group
}

/** The names of the members that were offered something, each as often as it was. */
export function offersTo(members: readonly RecordingMember[]): readonly string[] {
  return members.flatMap(({ name, offered }) => offered.map(() => name))
}
