/** `@godwit/admin/commands`: the command `admin`, for the programs that have it. */
import { Command } from 'commander'
import { addAskingFlags } from './asking-flags.ts'
import { bansCommand } from './ban-commands.ts'
import { clientsCommand, sessionsCommand } from './client-commands.ts'
import { publishCommand, retainedCommand, subscriptionsCommand } from './message-commands.ts'
import { explainCommand, logLevelCommand, planCommand } from './operation-commands.ts'
import { reloadCommand, statusCommand } from './operation-commands.ts'
import { processSurroundings } from './surroundings.ts'
import type { Surroundings } from './surroundings.ts'
import { tokenCommand } from './token-command.ts'
import { traceCommand } from './trace-commands.ts'

export { AdminCommandFailure, AdminExitCode } from './command-failure.ts'
export type { Surroundings } from './surroundings.ts'

/**
 * The command with all that is below it, in this process but for what is said differently. What
 * goes wrong is thrown: an `AdminCommandFailure`, unless `failed` makes something else of it.
 * Whoever takes it into a program copies the program's settings to it and to each command below.
 */
export function adminCommand(changes: Partial<Surroundings> = {}): Command {
  const surroundings = { ...processSurroundings(), ...changes }
  const admin = addAskingFlags(new Command('admin'))
    .summary('look after a running broker')
    .description(DESCRIPTION)
  const commands = [
    statusCommand(surroundings),
    clientsCommand(surroundings),
    sessionsCommand(surroundings),
    subscriptionsCommand(surroundings),
    retainedCommand(surroundings),
    publishCommand(surroundings),
    bansCommand(surroundings),
    explainCommand(surroundings),
    traceCommand(surroundings),
    logLevelCommand(surroundings),
    reloadCommand(surroundings),
    planCommand(surroundings),
    tokenCommand(surroundings),
  ]
  for (const command of commands) admin.addCommand(command)
  for (const command of below(admin)) {
    command.helpCommand(false).configureHelp({ showGlobalOptions: true })
  }
  return admin
}

/** A command and all below it. */
function* below(command: Command): Generator<Command> {
  yield command
  for (const each of command.commands) yield* below(each)
}

const DESCRIPTION = `Looks after a running broker by its admin API, which is off unless the \
broker's configuration has admin.url and tokens. Exit codes: 1 for a failure, 2 if explain says \
no, 3 if there is no such client, session, message or ban, 27 if no answer came in time.`
