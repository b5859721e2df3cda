/**
 * The command that starts a broker, with places to fill in: `{data}` is the directory for what it
 * keeps, `{port}` a free port, `{mosquitto}` a configuration file for mosquitto with both.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The words of a command. */
export type Template = readonly string[]

/** How sure our broker is to be: fsync before every acknowledgement, or what the system does. */
export type Durability = 'fsync' | 'os' | 'memory'

/**
 * Our broker as it was built. @throws {Error} if it was not.
 */
export function godwitTemplate(durability: Durability): Template {
  const main = fileURLToPath(
    new URL('dist/main.js', import.meta.resolve('@godwit/broker-cli/package.json')),
  )
  if (!existsSync(main)) throw new Error(`${main} is missing: npm run crash builds it`)
  return [process.execPath, main, ...godwitFlags(durability)]
}

/** The flags of our broker. */
export function godwitFlags(durability: Durability): Template {
  const data = durability === 'memory' ? [] : ['--data', '{data}']
  return ['--port', '0', '--durability', durability, ...data]
}

/** The command in a text, word by word. @throws {Error} if there is none. */
export function parseTemplate(text: string): Template {
  const words = text.split(' ').filter((word) => word !== '')
  if (words.length === 0) throw new Error('The command of the broker is empty: say a program')
  return words
}

/** Whether a port has to be found before the broker is started. */
export function wantsPort(template: Template): boolean {
  return template.some((word) => word.includes('{port}') || word.includes('{mosquitto}'))
}

/** What is filled in. */
export interface Places {
  readonly port: number
  readonly data: string
  /** The path of the configuration file. */
  readonly mosquitto: string
}

/** The command with its places filled in. */
export function fillIn(template: Template, { port, data, mosquitto }: Places): readonly string[] {
  return template.map((word) =>
    word
      .replaceAll('{port}', String(port))
      .replaceAll('{data}', data)
      .replaceAll('{mosquitto}', mosquitto),
  )
}

/** A configuration with which mosquitto keeps everything that it can, as often as it can. */
export function mosquittoConfiguration({ port, data }: Pick<Places, 'port' | 'data'>): string {
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${data}/`,
    'autosave_on_changes true',
    'autosave_interval 1',
    'max_queued_messages 0',
    'max_inflight_messages 100',
    'log_dest stderr',
  ]
  return `${lines.join('\n')}\n`
}
