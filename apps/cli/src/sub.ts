/** `godwit sub`: prints the messages of some topics. */
import { Command } from 'commander'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addOutputFlags } from './flags/output-flags.ts'
import { addSelectionFlags, addSubscriptionFlags } from './flags/sub-flags.ts'
import type { SubFlags } from './flags/sub-flags.ts'
import { Interruption, untilInterrupted } from './interrupt.ts'
import { Subscriber } from './receiving/subscriber.ts'
import { topicFilters } from './topics.ts'
import { withinTime } from './time-limit.ts'

/** The command. */
export function subCommand(): Command {
  const command = new Command('sub')
    .alias('subscribe')
    .summary('print the messages of topics')
    .description('Prints messages as they come, until it is interrupted.')
    .argument('[filters...]', 'Topic Filters, instead of --topic')
  addSubscriptionFlags(command)
  addSelectionFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  addExamples(command, [
    ["godwit sub 'home/#'", 'everything below home'],
    ['godwit sub -t home/door -C 1 -W 60', 'one message, or exit code 27 after a minute'],
    ["godwit sub '#' --json | jq .payload", 'for a program'],
    ["godwit sub -F '%I %t %x' -t 'a/+'", 'a line of your own making'],
    ["godwit sub 'old/#' --remove-retained --retained-only -W 5", 'clear what was retained'],
    ["godwit sub -c -i logger -q 1 'log/#' >> log", 'miss nothing while away'],
  ])
  return command.action(subscribe)
}

async function subscribe(words: readonly string[], flags: SubFlags): Promise<void> {
  const connection = connectionOf(flags)
  const inUrl = connection.topic === undefined ? [] : [connection.topic]
  const filters = topicFilters([...(flags.topic ?? []), ...words, ...inUrl])
  const unwanted = topicFilters(flags.unsubscribe ?? [])
  topicFilters(flags.exclude ?? [])
  check(flags, filters, unwanted)
  const signal = withinTime(untilInterrupted(), flags.timeout, 'Time is up after')
  const subscriber = new Subscriber(flags)
  const options = subscriber.options(connection.options)
  try {
    await withClient({ command: 'sub', connection, flags, signal, options }, async (client) => {
      await subscriber.receive(client, { filters, unwanted, signal })
    })
  } catch (error) {
    // To be interrupted is how this ends.
    if (!(error instanceof Interruption)) throw error
  } finally {
    subscriber.close()
  }
}

function check(flags: SubFlags, filters: readonly string[], unwanted: readonly string[]): void {
  if (filters.length === 0 && unwanted.length === 0) {
    throw misuse('there is no topic', "give --topic, '#' for all")
  }
  const both = unwanted.find((filter) => filters.includes(filter))
  if (both !== undefined) {
    throw misuse(`"${both}" is to be subscribed to and unsubscribed from`, 'leave out one of them')
  }
  if (flags.retained === false && flags.retainedOnly === true) {
    throw misuse('--no-retained and --retained-only leave nothing', 'give one of them')
  }
}
