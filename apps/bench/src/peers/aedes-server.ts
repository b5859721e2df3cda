/** A program: an aedes broker on a free port of loopback, which it prints as ours does. */
import { createServer } from 'node:net'
import { Aedes } from 'aedes'

const broker = await Aedes.createBroker()
const server = createServer({ noDelay: true }, (socket) => broker.handle(socket))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('There is no port')
  console.log(`listening mqtt://127.0.0.1:${address.port}`)
})
