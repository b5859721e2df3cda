/** What `--debug` tells on stderr: each attempt to connect, and each packet in either direction. */
import type { Dial } from '@godwit/client'
import { Conversation } from '../inspect/conversation.ts'
import type { Sender } from '../inspect/conversation.ts'
import type { NoteKind, Telling } from '../inspect/happening.ts'
import { tellingForPeople } from '../inspect/packet-text.ts'
import type { Colors } from '../terminal.ts'
import { TappedTransport } from './tapped-transport.ts'

const PAYLOAD_BYTES = 64

/** Where it is told, and how. */
export interface Debugging {
  readonly write: (text: string) => void
  readonly colors: Colors
}

/** A dialer whose connections tell what goes over them. Passwords are not told. */
export function toldDial(dial: Dial, { write, colors }: Debugging): Dial {
  const detail = { offsets: false, payloadBytes: PAYLOAD_BYTES, secrets: false }
  const telling = tellingForPeople(detail, colors)
  return async (url, options) => {
    const note = noting(telling, write)
    note('connection', `connecting to ${url.protocol}//${url.host}${url.pathname}`)
    const transport = await dial(url, options)
    const conversation = new Conversation()
    const overhear = (sender: Sender, chunk: Uint8Array): void => {
      for (const sighting of conversation.receive(sender, chunk)) {
        write(telling({ type: 'packet', sender, timeMs: Date.now(), sighting }))
      }
    }
    return new TappedTransport(transport, {
      sent: (chunk) => overhear('client', chunk),
      received: (chunk) => overhear('server', chunk),
      closed: (error) => note('end', `disconnected${error ? `: ${error.message}` : ''}`),
    })
  }
}

function noting(
  telling: Telling,
  write: (text: string) => void,
): (kind: NoteKind, text: string) => void {
  return (kind, text) => write(telling({ type: 'note', kind, text, timeMs: Date.now() }))
}
