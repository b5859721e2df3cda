/** The flags of `godwit sub` for what to subscribe to, and which messages to print. */
import type { QoS } from '@godwit/codec'
import type { Command } from 'commander'
import type { ReceptionFlags } from '../receiving/reception.ts'
import type { ConnectionFlags } from './connection-flag-values.ts'
import { addFlag } from './flag.ts'
import { collected, qos, realNumber, timeoutSeconds, wholeNumber } from './flag-values.ts'
import type { OutputFlags } from './output-flags.ts'

/** What the flags of the command say. */
export interface SubFlags extends ConnectionFlags, OutputFlags, ReceptionFlags {
  readonly topic?: readonly string[]
  readonly qos?: QoS
  /** `--no-local` is a flag with its value turned round. */
  readonly local?: boolean
  readonly retainAsPublished?: boolean
  readonly retainHandling?: 0 | 1 | 2
  readonly unsubscribe?: readonly string[]
  readonly timeout?: number
  readonly exitWhenSubscribed?: boolean
}

/** Adds the flags about the subscription. */
export function addSubscriptionFlags(command: Command): void {
  command.optionsGroup('Subscription:')
  addFlag(command, '-t, --topic <filter>', 'a Topic Filter; may be repeated', { parse: collected })
  addFlag(command, '-q, --qos <qos>', 'the highest QoS of the messages (default: 0)', {
    parse: qos,
  })
  addFlag(command, '--no-local', 'without what this client publishes itself')
  const asPublished = 'tell how a message was published, not whether it was kept'
  addFlag(command, '--retain-as-published', asPublished)
  const handling = 'what was retained: 0 always, 1 to new subscriptions, 2 never (default: 0)'
  addFlag(command, '--retain-handling <0|1|2>', handling, { parse: qos })
  addFlag(command, '-U, --unsubscribe <filter>', 'take a Topic Filter out of the session', {
    parse: collected,
  })
}

/** Adds the flags that choose among the messages. */
export function addSelectionFlags(command: Command): void {
  command.optionsGroup('Which messages, and how many:')
  const count = wholeNumber(1, 1e15)
  addFlag(command, '-C, --count <number>', 'end after so many messages', { parse: count })
  addFlag(command, '-W, --timeout <seconds>', 'end so long after the start, with exit code 27', {
    parse: timeoutSeconds,
  })
  addFlag(command, '-E, --exit-when-subscribed', 'end when the server has granted it')
  addFlag(command, '-T, --exclude <filter>', 'leave out a Topic Filter; may be repeated', {
    aliases: ['--filter-out'],
    parse: collected,
  })
  addFlag(command, '-R, --no-retained', 'leave out what was retained')
  addFlag(command, '--retained-only', 'what was retained only; end at the first that was not')
  addFlag(command, '--remove-retained', 'have the server forget what was retained')
  addFlag(command, '--random-filter <percent>', 'print so much of it, by chance', {
    parse: realNumber(0.1, 100),
  })
}
