// Listens by TCP, TLS and WebSocket, gives back what it is sent, and says where it listens and what
// went wrong with accepting, a line of JSON each. It ends with its input.

import { TcpListener, TlsListener } from '@godwit/transport/node'
import { CertificateAuthority } from '@godwit/transport/testing'
import { WebSocketListener } from '../src/index.ts'

const authority = await CertificateAuthority.create()
const tls = await authority.issue({ names: [{ type: 'ip', value: '127.0.0.1' }] })
const options = {
  host: '127.0.0.1',
  port: 0,
  onError: (error: Error) => say({ error: error.message }),
}
const listeners = [
  new TcpListener(options),
  new TlsListener({ ...options, tls }),
  new WebSocketListener(options),
]
const urls: string[] = []
for (const listener of listeners) {
  const { url } = await listener.listen((transport) => {
    transport.onData = (chunk) => transport.write([chunk])
  })
  urls.push(url)
}
say({ urls, ca: authority.certificate })
process.stdin.on('end', () => process.exit(0)).resume()

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
