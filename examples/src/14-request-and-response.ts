// 14. Request and response. Whoever wants an answer says with its message where to send it, the
// Response Topic, and how to know it again, the Correlation Data. `request` and `respond` do this.

import { connect } from '@godwit/client'
import { begin } from './lesson.ts'

const { url, wire, end } = await begin()

const calculator = await connect(url, { clientId: 'calculator', ...wire })
const responder = await calculator.respond('sum', (request) => {
  const numbers = request.text().split('+').map(Number)
  return String(numbers.reduce((sum, number) => sum + number, 0))
})

const pupil = await connect(url, { clientId: 'pupil', ...wire })
for (const question of ['1+1', '20+22']) {
  const answer = await pupil.request('sum', question)
  console.log(`${question} is ${answer.text()}`)
}

const answers = await Promise.all(['1+2', '3+4'].map((sum) => pupil.request('sum', sum)))
console.log(`Two questions at once: ${answers.map((answer) => answer.text()).join(' and ')}`)

await pupil.close()
await responder.close()
await calculator.close()
await end()
