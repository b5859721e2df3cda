/** `admin status`, `explain`, `reload`, `plan` and `log-level`. */
import { readFileSync } from 'node:fs'
import { Argument, Command, Option } from 'commander'
import type { ExplainOptions } from '../client/admin-client.ts'
import type { ChangeView, ExplanationView, StatusView } from '../views.ts'
import { act } from './acting.ts'
import { AdminCommandFailure, AdminExitCode } from './command-failure.ts'
import { durationOf } from './durations.ts'
import { visible } from './escaping.ts'
import { qualityOfService } from './flag-values.ts'
import type { Surroundings } from './surroundings.ts'
import { sheetOf } from './table.ts'
import type { Cell } from './table.ts'

/** The command `status`. */
export function statusCommand(surroundings: Surroundings): Command {
  const status = new Command('status').summary('how the broker stands')
  return act(status, surroundings, async ({ client, show, stop }) => {
    const value = await client.status(stop)
    show(value, () => statusText(value))
  })
}

/** The command `explain`. */
export function explainCommand(surroundings: Surroundings): Command {
  const explain = new Command('explain')
    .summary('what a client may do with a topic, and which rule says so')
    .description('Says what the rules say. The exit code is 2 if it is not allowed.')
    .addArgument(new Argument('<client>', 'the Client Identifier, also of one that is not there'))
    .addArgument(new Argument('<topic>', 'the Topic Name, or the filter for --action subscribe'))
    .addOption(
      new Option('--action <action>', 'what is to be done (default: publish)').choices([
        'publish',
        'subscribe',
        'deliver',
        'will',
      ]),
    )
    .option('--qos <qos>', 'the Quality of Service (default: 0)', qualityOfService)
    .option('--retain', 'as a Retained Message')
    .option('--username <name>', 'as if it had this user name')
    .option('--address <address>', 'as if it came from there')
    .option('--listener <name>', 'as if it came by this listener')
  return act<Omit<ExplainOptions, 'signal'>>(explain, surroundings, async (acting) => {
    const { client, words, flags, show, stop } = acting
    const { action, qos, retain, username, address, listener } = flags
    const value = await client.explain(words[0] ?? '', words[1] ?? '', {
      ...stop,
      ...(action !== undefined && { action }),
      ...(qos !== undefined && { qos }),
      ...(retain !== undefined && { retain }),
      ...(username !== undefined && { username }),
      ...(address !== undefined && { address }),
      ...(listener !== undefined && { listener }),
    })
    show(value, () => explanationText(value))
    if (value.decision === 'deny') surroundings.setExitCode(AdminExitCode.Denied)
  })
}

/** The command `reload`. */
export function reloadCommand(surroundings: Surroundings): Command {
  const reload = new Command('reload').summary('read the configuration and its files again')
  return act(reload, surroundings, async ({ client, show, stop }) => {
    const value = await client.reload(stop)
    show(value, () => changeText(value, 'Nothing has changed.\n'))
  })
}

/** The command `plan`. */
export function planCommand(surroundings: Surroundings): Command {
  const plan = new Command('plan')
    .summary('what another configuration would change')
    .addArgument(new Argument('<file>', 'the configuration'))
  return act(plan, surroundings, async ({ client, words, show, stop }) => {
    const [file = ''] = words
    const format = formatOf(file)
    const proposal = { text: textIn(file), ...(format !== undefined && { format }) }
    const value = await client.plan(proposal, stop)
    show(value, () => changeText(value, 'Nothing would change.\n'))
  })
}

/** The command `log-level`. */
export function logLevelCommand(surroundings: Surroundings): Command {
  const logLevel = new Command('log-level')
    .summary('how much the log says')
    .addArgument(new Argument('[level]', 'what it is to be until the broker ends'))
  return act(logLevel, surroundings, async ({ client, words, show, stop }) => {
    const [level] = words
    const value = await (level === undefined
      ? client.logLevel(stop)
      : client.setLogLevel(level, stop))
    show(value, () => `${visible(value.level)}\n`)
  })
}

function statusText({ version, uptimeSeconds, listeners, stats }: StatusView): string {
  const figures = Object.entries(stats).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  return sheetOf([
    ['version', version],
    ['up for', durationOf(uptimeSeconds)],
    ...listeners.map((url): [string, Cell] => ['listening at', url]),
    ...figures.map(([name, value]): [string, Cell] => [spelledOut(name), value]),
  ])
}

/** `messagesIn` as `messages in`. */
function spelledOut(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function explanationText(value: ExplanationView): string {
  const { client, action, topic, decision, because, opinions, matching } = value
  const who = client.connected ? client.clientId : `${client.clientId}, which is not connected,`
  const verb = { allow: 'may', deny: 'may not', partly: 'may in part' }[decision]
  const user = client.username === undefined ? 'no user name' : `the user ${client.username}`
  return [
    visible(`${who} ${verb} ${VERBS[action]} ${topic}`),
    visible(`  as ${user}, from ${client.address}`),
    visible(`  because ${because}`),
    ...opinions.map((one) =>
      visible(`  ${one.authorizer}: ${one.decision ?? 'says nothing'}${reason(one.because)}`),
    ),
    ...matching.map((filter) => visible(`  its subscription ${filter} matches`)),
    '',
  ].join('\n')
}

const VERBS: Readonly<Record<ExplanationView['action'], string>> = {
  publish: 'publish to',
  subscribe: 'subscribe to',
  deliver: 'get what is published to',
  will: 'leave a Will for',
}

function reason(because: string | undefined): string {
  return because === undefined ? '' : `, ${because}`
}

function changeText({ changes, restart, affected }: ChangeView, nothing: string): string {
  const lines = [
    ...changes,
    ...restart.map((sentence) => `After a restart: ${sentence}`),
    ...affected.map(({ clientId, loses }) => `${clientId} loses ${loses}`),
  ]
  return lines.length === 0 ? nothing : lines.map((line) => `${visible(line)}\n`).join('')
}

function textIn(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AdminCommandFailure(`The file ${file} cannot be read: ${why}`, undefined, cause)
  }
}

/** By the end of the file's name; the broker guesses where that says nothing. */
function formatOf(file: string): string | undefined {
  return FORMATS.find(([ending]) => file.endsWith(ending))?.[1]
}

const FORMATS: readonly (readonly [string, string])[] = [
  ['.yaml', 'yaml'],
  ['.yml', 'yaml'],
  ['.toml', 'toml'],
  ['.json', 'json'],
  ['.conf', 'mosquitto'],
]
