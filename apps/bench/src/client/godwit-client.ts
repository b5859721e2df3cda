/** Our client under load: awaited publications, and an iterated stream. */
import { type Client, connect } from '@godwit/client'
import { type ClientLoad, PAYLOAD, type Subject, type Tally, TOPICS } from './load.ts'

/** `@godwit/client`. */
export const godwit: Subject = {
  async start(port, load, tally) {
    const client = await connect(`mqtt://127.0.0.1:${port}`)
    if (load.direction === 'receive') void receive(client, load, tally)
    else for (let index = 0; index < load.window; index++) void publish(client, load, tally)
  },
}

async function publish(client: Client, { qos }: ClientLoad, tally: Tally): Promise<void> {
  for (let index = 0; ; index++) {
    await client.publish(TOPICS[index % TOPICS.length] ?? '', PAYLOAD, { qos })
    tally.messages++
  }
}

async function receive(client: Client, { qos }: ClientLoad, tally: Tally): Promise<void> {
  for await (const message of await client.subscribe('bench/client/#', { qos })) {
    tally.bytes += message.topic.length + message.payload.length
    tally.messages++
  }
}
