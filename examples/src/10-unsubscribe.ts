// 10. Unsubscribe. When a subscriber has had enough, it says so, and the broker confirms it with an
// UNSUBACK. From then on nothing comes; other subscriptions go on.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const client = await connect(url, { clientId: 'client', ...wire })
const weather = await client.subscribe('weather')
const news = await client.subscribe('news')

await client.publish('weather', 'Rain.')
for await (const message of weather) {
  console.log(`Weather: ${message.text()}`)
  break // Leaving the loop unsubscribes, as weather.close() does.
}
await weather.close()
console.log('It has had enough of the weather.')

await client.publish('weather', 'More rain.')
await client.publish('news', 'It rains.')
for await (const message of news) {
  console.log(`News: ${message.text()}`)
  break
}

await client.close()
await end()
