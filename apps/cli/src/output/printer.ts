/** How messages are printed, chosen by flags and by who looks: people, or the next program. */
import type { OutputFlags } from '../flags/output-flags.ts'
import { harmlessBytes } from './byte-escaping.ts'
import { renderFormat } from './format-rendering.ts'
import { messageLine } from './message-json.ts'
import { MessageView } from './message-view.ts'
import type { ShownMessage } from './shown-message.ts'
import type { Terminal } from '../terminal.ts'

/** A message as bytes for stdout, with what ends it. */
export type Printer = (message: ShownMessage) => Uint8Array

/** A printer for people, if a person looks and no flag asks for another, else for programs. */
export function printerFor(
  flags: OutputFlags,
  terminal: Terminal,
  notJson: (message: ShownMessage) => void,
): Printer {
  const { format, json = false, verbose = false, newline = true, pretty = false } = flags
  const end = Buffer.from(newline ? '\n' : '')
  const harmless = terminal.isTty ? harmlessBytes : undefined
  if (json) return (message) => Buffer.from(`${messageLine(message)}\n`)
  if (format !== undefined) {
    const rendering = { pretty, notJson, ...(harmless !== undefined && { harmless }) }
    return (message) => Buffer.concat([renderFormat(format, message, rendering), end])
  }
  if (terminal.isTty && newline && !verbose) {
    const view = new MessageView(terminal, { properties: flags.properties ?? false })
    return (message) => Buffer.from(view.render(message))
  }
  return plainPrinter({ verbose, end, harmless: harmless ?? ((bytes) => bytes) })
}

interface Plain {
  readonly verbose: boolean
  readonly end: Uint8Array
  readonly harmless: (bytes: Uint8Array) => Uint8Array
}

const NULL_PAYLOAD = Buffer.from('(null)')

/** As mosquitto_sub prints: an empty payload alone, or with -N, is nothing at all. */
function plainPrinter({ verbose, end, harmless }: Plain): Printer {
  return ({ topic, payload }) => {
    if (payload.length === 0 && (!verbose || end.length === 0)) return payload
    if (!verbose) return Buffer.concat([harmless(payload), end])
    const shown = payload.length === 0 ? NULL_PAYLOAD : harmless(payload)
    return Buffer.concat([harmless(Buffer.from(`${topic} `)), shown, end])
  }
}
