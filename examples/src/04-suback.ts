// 4. SUBACK. Who subscribes, asks: for filters, each with the highest QoS that it wants. The broker
// answers with a code for each of them: what it grants, which may be less, or why not.

import { ClientError, connect } from '@godwit/client'
import { begin } from './lesson.ts'

// This broker knows QoS 0 and 1 only, and has secrets.
const { url, wire, end } = await begin({
  capabilities: { maximumQoS: 1 },
  guards: {
    authorize: (action) => action.type !== 'subscribe' || !action.filter.startsWith('secret/'),
  },
})

const client = await connect(url, { clientId: 'client', ...wire })

const zero = await client.subscribe('a', { qos: 0 })
const [grantedA] = zero.granted
console.log(`Asked for "a" at QoS 0, granted QoS ${grantedA?.qos}.`)

const two = await client.subscribe('b', { qos: 2 })
const [grantedB] = two.granted
console.log(`Asked for "b" at QoS 2, granted QoS ${grantedB?.qos}.`)

try {
  await client.subscribe('secret/plans')
} catch (error) {
  if (!(error instanceof ClientError)) throw error
  console.log(`Asked for "secret/plans", and got an error: ${error.reasonName}.`)
}

const some = await client.subscribe(['c', 'secret/#'], { allowPartial: true })
console.log(`Asked for two filters: granted ${namesOf(some.granted)},`)
console.log(`refused ${namesOf(some.refused)}.`)

await client.close()
await end()

function namesOf(answers: readonly { readonly filter: string }[]): string {
  return answers.map(({ filter }) => `"${filter}"`).join(', ') || 'none'
}
