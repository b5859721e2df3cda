/** MQTT.js under load: callbacks and events, which is how it is fastest. */
import mqtt, { type MqttClient } from 'mqtt'
import { type ClientLoad, PAYLOAD, type Subject, type Tally, TOPICS } from './load.ts'

/** `mqtt`. */
export const mqttjs: Subject = {
  async start(port, load, tally) {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { protocolVersion: 5 })
    if (load.direction === 'receive') await receive(client, load, tally)
    else for (let index = 0; index < load.window; index++) publish(client, load, tally)
  },
}

const BUFFER = Buffer.from(PAYLOAD)

function publish(client: MqttClient, { qos }: ClientLoad, tally: Tally): void {
  let index = 0
  const next = (): void => {
    client.publish(TOPICS[index++ % TOPICS.length] ?? '', BUFFER, { qos }, (error) => {
      if (error) throw error
      tally.messages++
      next()
    })
  }
  next()
}

async function receive(client: MqttClient, { qos }: ClientLoad, tally: Tally): Promise<void> {
  client.on('message', (topic, payload) => {
    tally.bytes += topic.length + payload.length
    tally.messages++
  })
  await client.subscribeAsync('bench/client/#', { qos })
}
