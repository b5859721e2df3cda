/** The flags that say what to publish: the payload, and the properties of the message. */
import type { MessageProperties } from '@godwit/client'
import { UINT32_MAX } from '@godwit/codec'
import type { Command } from 'commander'
import { misuse } from '../exit.ts'
import { addFlag } from './flag.ts'
import { userProperty, wholeNumber } from './flag-values.ts'
import type { UserProperty } from './flag-values.ts'
import type { PacketProperties } from './packet-properties.ts'

/** What the flags for a payload say. */
export interface PayloadFlags {
  readonly message?: string
  readonly file?: string
  readonly stdin?: boolean
  readonly lines?: boolean
  readonly null?: boolean
}

/** What the flags for properties say. */
export interface MessagePropertyFlags {
  readonly contentType?: string
  readonly responseTopic?: string
  readonly correlationData?: string
  readonly payloadFormatIndicator?: 0 | 1
  readonly messageExpiry?: number
  readonly userProperty?: readonly UserProperty[]
  readonly property?: PacketProperties
}

/** Where a payload comes from. */
export type PayloadOrigin =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'stdin' }
  | { readonly from: 'lines' }

/** Adds the flags of mosquitto_pub for the payload; `lines` is for many messages. */
export function addPayloadFlags(command: Command, { lines }: { readonly lines: boolean }): void {
  addFlag(command, '-m, --message <text>', 'the payload as text')
  addFlag(command, '-f, --file <path>', 'the payload is what is in a file')
  const all = 'the payload is all that comes on stdin'
  addFlag(command, '-s, --stdin', all, { aliases: ['--stdin-file'] })
  if (lines) {
    const each = 'each line that comes on stdin is a message'
    addFlag(command, '-l, --lines', each, { aliases: ['--stdin-line'] })
  }
  addFlag(command, '-n, --null', 'an empty payload', { aliases: ['--null-message'] })
}

/** Adds the flags for the properties of MQTT 5.0; a command may have its own for responses. */
export function addPropertyFlags(
  command: Command,
  { response }: { readonly response: boolean },
): void {
  addFlag(command, '--content-type <type>', 'what the payload is, such as application/json')
  addFlag(command, '--message-expiry <seconds>', 'how long the server may keep it undelivered', {
    parse: wholeNumber(0, UINT32_MAX),
  })
  addFlag(command, '--payload-format-indicator <0|1>', '1 says that the payload is UTF-8', {
    parse: wholeNumber(0, 1),
  })
  addFlag(command, '--user-property <name=value>', 'may be repeated', { parse: userProperty })
  addFlag(command, '--correlation-data <text>', 'what tells this request from others')
  if (response) addFlag(command, '--response-topic <topic>', 'where an answer is to go')
}

/** The properties of the message, those of `-D publish` among them. */
export function messageProperties(flags: MessagePropertyFlags): MessageProperties | undefined {
  const { contentType, responseTopic, correlationData, messageExpiry } = flags
  const { payloadFormatIndicator, userProperty: pairs, property } = flags
  const general = property?.publish ?? {}
  const allPairs = [...(general.userProperty ?? []), ...(pairs ?? [])]
  const properties = {
    ...general,
    ...(contentType !== undefined && { contentType }),
    ...(responseTopic !== undefined && { responseTopic }),
    ...(correlationData !== undefined && { correlationData: Buffer.from(correlationData) }),
    ...(messageExpiry !== undefined && { messageExpiryInterval: messageExpiry }),
    ...(payloadFormatIndicator !== undefined && { payloadFormatIndicator }),
    ...(allPairs.length > 0 && { userProperty: allPairs }),
  }
  return Object.keys(properties).length === 0 ? undefined : properties
}

/** The one origin that is named, or a text given without a flag. @throws {CliError} */
export function payloadOrigin(flags: PayloadFlags, bare?: string): PayloadOrigin {
  const named: PayloadOrigin[] = [
    ...(flags.message === undefined ? [] : [{ from: 'text', text: flags.message } as const]),
    ...(bare === undefined ? [] : [{ from: 'text', text: bare } as const]),
    ...(flags.file === undefined ? [] : [{ from: 'file', path: flags.file } as const]),
    ...(flags.stdin === true ? [{ from: 'stdin' } as const] : []),
    ...(flags.lines === true ? [{ from: 'lines' } as const] : []),
    ...(flags.null === true ? [{ from: 'text', text: '' } as const] : []),
  ]
  const [origin, second] = named
  const advice = 'give one of --message, --file, --stdin, --null'
  if (origin === undefined) throw misuse('there is no message', advice)
  if (second !== undefined) throw misuse('there are several messages', advice)
  return origin
}
