/** The program: which command is meant, and how the process ends when that is over. */
import { Command, CommanderError } from 'commander'
import { COMMANDS } from './commands.ts'
import { ExitCode, report } from './exit.ts'
import type { Ending } from './exit.ts'
import { visible } from './escaping.ts'
import { joinPropertyWords } from './flags/property-words.ts'
import { sentence } from './sentence.ts'
import { terminalOf } from './terminal.ts'
import { version } from './version.ts'

/** Carries out a command line, without the names of Node and the program, and ends the process. */
export async function run(args: readonly string[]): Promise<void> {
  // Whoever reads the output may leave, as `head` does; what else goes wrong is said at the end,
  // and kept until then, for Node's own memory of it does not last.
  let failure: Error | undefined
  process.stdout.on('error', (error) => (failure ??= error))
  process.stderr.on('error', () => {})
  const how = await carriedOut(args)
  await flushed(process.stdout)
  await end(how, lossOf(failure ?? process.stdout.errored))
}

/** A program with every command. */
export function wholeProgram(): Promise<Command> {
  return programWith(COMMANDS.keys())
}

/** A program with the commands of these names, in their order. */
async function programWith(names: Iterable<string>): Promise<Command> {
  const program = emptyProgram()
  for (const name of names) {
    const command = await COMMANDS.get(name)?.()
    if (command === undefined) continue
    program.addCommand(command)
    settle(command, program, `godwit ${name}`)
  }
  return program
}

function emptyProgram(): Command {
  const program = new Command('godwit')
    .description('MQTT on the command line: 3.1, 3.1.1 and 5.0, over TCP, TLS and WebSocket.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError()
    .exitOverride()
    .configureHelp({ styleTitle: (title) => terminalOf(process.stdout).colors.bold(title) })
  sayErrors(program, 'godwit')
  return program
}

/** A command, and those below it, behave like the one above. */
function settle(command: Command, above: Command, name: string): void {
  command.copyInheritedSettings(above)
  sayErrors(command, name)
  for (const each of command.commands) settle(each, command, `${name} ${each.name()}`)
}

function sayErrors(command: Command, name: string): void {
  command.configureOutput({
    outputError: (text, write) => write(`${name}: ${visible(sentence(text))}\n`),
  })
}

async function carriedOut(args: readonly string[]): Promise<Ending> {
  let actor: Command | undefined
  try {
    const [name = ''] = args
    const program = await programWith(COMMANDS.has(name) ? [name] : [...COMMANDS.keys()])
    program.hook('preAction', (_, command) => {
      actor = command
    })
    await program.parseAsync(prepared(args, program), { from: 'user' })
    return { exitCode: Number(process.exitCode ?? 0) }
  } catch (error) {
    return ending(error, actor)
  }
}

function prepared(args: readonly string[], program: Command): readonly string[] {
  const command = program.commands.find((each) =>
    [each.name(), ...each.aliases()].includes(args[0] ?? ''),
  )
  return command === undefined ? args : joinPropertyWords(args, command)
}

function ending(error: unknown, actor: Command | undefined): Ending {
  if (error instanceof CommanderError) return { exitCode: error.exitCode }
  const { quiet = false, debug = false } = actor?.opts<{ quiet?: boolean; debug?: boolean }>() ?? {}
  const program = actor === undefined ? 'godwit' : pathOf(actor)
  return report(error, { program, quiet, debug, write: (text) => process.stderr.write(text) })
}

/** Such as `godwit admin clients`. */
function pathOf(command: Command): string {
  const { parent } = command
  return parent === null ? command.name() : `${pathOf(parent)} ${command.name()}`
}

/**
 * Something may hold the process that has nothing to do any more, such as stdin. Output that is
 * lost is no success: the disk is full, say.
 */
async function end(how: Ending, loss: string | undefined): Promise<void> {
  const succeeded = 'exitCode' in how && how.exitCode === ExitCode.Success
  const failure = succeeded ? loss : undefined
  if (failure !== undefined) process.stderr.write(`godwit: ${failure}\n`)
  await flushed(process.stderr)
  if ('exitCode' in how) process.exit(failure === undefined ? how.exitCode : ExitCode.Failure)
  process.removeAllListeners(how.signal)
  process.kill(process.pid, how.signal)
}

function lossOf(error: Error | null): string | undefined {
  if (error === null || ('code' in error && error.code === 'EPIPE')) return undefined
  return `What was printed is lost: ${error.message}`
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.destroyed || stream.errored !== null) return Promise.resolve()
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}
