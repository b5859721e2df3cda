/** `admin retained`, `admin publish` and `admin subscriptions`. */
import { Argument, Command } from 'commander'
import { act, printList } from './acting.ts'
import type { Acting, ListFlags } from './acting.ts'
import { durationOf } from './durations.ts'
import { visible } from './escaping.ts'
import { addListFlags, qualityOfService } from './flag-values.ts'
import type { Surroundings } from './surroundings.ts'

/** The command `retained`. */
export function retainedCommand(surroundings: Surroundings): Command {
  const retained = new Command('retained').summary('Retained Messages')
  retained.description('Lists Retained Messages, prints one, or deletes one.')
  const list = retained.command('list', { isDefault: true }).summary('list them')
  addListFlags(list).option('--filter <filter>', 'only topics that this matches (default: #)')
  act<ListFlags & { readonly filter?: string }>(list, surroundings, (acting) => {
    const { filter } = acting.flags
    const which = filter === undefined ? {} : { filter }
    return printList(acting, {
      page: (options) => acting.client.retained({ ...options, ...which }),
      names: ['topic', 'qos', 'bytes', 'age', 'publisher'],
      row: (message) => [
        message.topic,
        message.qos,
        message.payloadBytes,
        durationOf(message.ageMs / 1_000),
        message.publisher,
      ],
    })
  })
  const get = retained.command('get').summary('print the payload of one')
  act(get.addArgument(topicArgument()), surroundings, async (acting) => {
    const { client, words, show, stop } = acting
    const message = await client.retainedMessage(words[0] ?? '', stop)
    show(message, () => `${visible(message.payload)}\n`)
  })
  const remove = retained.command('delete').summary('delete one')
  act(remove.addArgument(topicArgument()), surroundings, async (acting) => {
    const { client, words, show, stop } = acting
    const topic = words[0] ?? ''
    await client.deleteRetained(topic, stop)
    show({ topic, deleted: true }, () => `Nothing is retained at ${visible(topic)} any more.\n`)
  })
  return retained
}

/** The command `publish`. */
export function publishCommand(surroundings: Surroundings): Command {
  const publish = new Command('publish')
    .summary('publish a message')
    .description('Publishes a message, past all rules: as the broker, not as a client.')
    .addArgument(topicArgument())
    .addArgument(new Argument('[payload]', 'its text; - is standard input (default: nothing)'))
    .option('--qos <qos>', 'the Quality of Service (default: 0)', qualityOfService)
    .option('--retain', 'keep it as the Retained Message of its topic')
  return act<PublishFlags>(publish, surroundings, async (acting) => {
    const { client, flags, show, stop } = acting
    const { qos = 0, retain = false } = flags
    const message = { topic: acting.words[0] ?? '', qos, retain, ...(await payloadOf(acting)) }
    const published = await client.publish(message, stop)
    show(published, () => `${published.reason}.\n`)
  })
}

interface PublishFlags {
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
}

async function payloadOf({ words, surroundings }: Acting<PublishFlags>): Promise<{
  readonly payload: string
  readonly encoding: 'text' | 'base64'
}> {
  const [, payload = ''] = words
  if (payload !== '-') return { payload, encoding: 'text' }
  const bytes = Buffer.from(await surroundings.readInput())
  return { payload: bytes.toString('base64'), encoding: 'base64' }
}

/** The command `subscriptions`. */
export function subscriptionsCommand(surroundings: Surroundings): Command {
  const subscriptions = new Command('subscriptions')
    .summary('who is subscribed to what')
    .description('Lists subscriptions: of a client, to a filter, or that match a topic.')
    .option('--client <client>', 'only those of this client')
    .option('--filter <filter>', 'only those to exactly this filter')
    .option('--topic <topic>', 'only those that match this topic')
  return act<SubscriptionFlags>(addListFlags(subscriptions), surroundings, (acting) => {
    const { client: clientId, filter, topic } = acting.flags
    const which = {
      ...(clientId !== undefined && { clientId }),
      ...(filter !== undefined && { filter }),
      ...(topic !== undefined && { topic }),
    }
    return printList(acting, {
      page: (options) => acting.client.subscriptions({ ...options, ...which }),
      names: ['client', 'filter', 'qos', 'no local', 'identifier'],
      row: (held) => [held.clientId, held.filter, held.qos, held.noLocal, held.identifier],
    })
  })
}

interface SubscriptionFlags extends ListFlags {
  readonly client?: string
  readonly filter?: string
  readonly topic?: string
}

function topicArgument(): Argument {
  return new Argument('<topic>', 'the Topic Name')
}
