/** A message for people: when it came, its topic in a column, its payload, and the rest. */
import { visible } from '../escaping.ts'
import type { Terminal } from '../terminal.ts'
import { dateOf, two } from './instant.ts'
import { payloadLines } from './payload-view.ts'
import type { ShownMessage, ShownProperties } from './shown-message.ts'

/** Makes the lines of one message after the other. */
export class MessageView {
  readonly #terminal: Terminal
  readonly #withProperties: boolean
  /** How wide the column of topics is: it grows with what comes, up to a part of the line. */
  #topicWidth = 0

  constructor(terminal: Terminal, { properties }: { readonly properties: boolean }) {
    this.#terminal = terminal
    this.#withProperties = properties
  }

  /** The message, with a line break at its end. */
  render(message: ShownMessage): string {
    const { colors, columns } = this.#terminal
    const topic = this.#topicCell(visible(message.topic))
    const time = timeOfDay(message)
    const remarks = remarksOn(message)
    const head = (cell: string): string => `${colors.dim(time)}  ${colors.cyan(cell)}`
    const width = time.length + 2 + topic.length + 2
    const lines = payloadLines(message.payload, { colors, columns: columns - width - 1 })
    const marks = remarks === '' ? '' : `  ${colors.dim(remarks)}`
    const below = [...this.#properties(message.properties)]
    const [only = colors.dim('(empty)')] = lines
    const text =
      lines.length <= 1
        ? [`${head(topic)}  ${only}${marks}`, ...below]
        : [`${head(topic.trimEnd())}${marks}`, ...below, ...lines.map((line) => INDENT + line)]
    return `${text.join('\n')}\n`
  }

  #topicCell(topic: string): string {
    const most = Math.floor(this.#terminal.columns * 0.4)
    if (topic.length <= most) this.#topicWidth = Math.max(this.#topicWidth, topic.length)
    return topic.padEnd(this.#topicWidth)
  }

  #properties(properties: ShownProperties): readonly string[] {
    if (!this.#withProperties) return []
    const { colors } = this.#terminal
    return described(properties).map(
      ([name, value]) => `${INDENT}${colors.dim(`${visible(name)}:`)} ${visible(value)}`,
    )
  }
}

const INDENT = ' '.repeat(4)

function timeOfDay({ at }: ShownMessage): string {
  const date = dateOf(at)
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

function remarksOn({ retain, qos }: ShownMessage): string {
  return [...(qos > 0 ? [`QoS ${qos}`] : []), ...(retain ? ['retained'] : [])].join(', ')
}

/** Each property with its name in words, user properties one by one. */
function described(properties: ShownProperties): (readonly [name: string, value: string])[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    if (Array.isArray(value))
      return value.map((pair) => [String(pair[0]), String(pair[1])] as const)
    const text = value instanceof Uint8Array ? bytesText(value) : String(value)
    return [[words(name), text] as const]
  })
}

function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function bytesText(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8')
  return /^[\x20-\x7e]*$/.test(text) ? text : `0x${Buffer.from(bytes).toString('hex')}`
}
