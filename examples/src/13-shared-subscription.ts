// 13. Shared subscriptions. Those who subscribe to "$share/NAME/FILTER" with one name form a group,
// and each message goes to one of them: work is divided. Other subscribers get all of it.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const clients = await Promise.all(
  ['anna', 'bert', 'boss'].map((clientId) => connect(url, { clientId, ...wire })),
)
const [anna, bert, boss] = clients
if (anna === undefined || bert === undefined || boss === undefined) throw new Error('Nobody came')

const done = new Map([
  [anna, '$share/team/jobs'],
  [bert, '$share/team/jobs'],
  [boss, 'jobs'],
])
const lists: Promise<string>[] = []
for (const [client, filter] of done) {
  const jobs = await client.subscribe([filter, 'evening'], { qos: 1 })
  lists.push(
    (async () => {
      const list: string[] = []
      for await (const message of jobs) {
        if (message.topic === 'evening') break
        list.push(message.text())
      }
      return `${client.clientId} had ${list.join(', ')} by ${filter}`
    })(),
  )
}

for (const job of ['cooking', 'washing', 'ironing', 'sleeping']) {
  await boss.publish('jobs', job, { qos: 1 })
}
await boss.publish('evening', '', { qos: 1 })

for (const line of await Promise.all(lists)) console.log(line)
for (const client of clients) await client.close()
await end()
