/**
 * `godwit-broker admin`: looks after a running broker, as `godwit admin` does. What it does is in
 * `@godwit/admin`, and loaded only then: a broker that starts has no need of it.
 */
import { Command } from 'commander'

/** What is to be asked of a running broker: the words behind `admin`. */
export interface AdminOrder {
  readonly type: 'admin'
  readonly args: readonly string[]
}

/** Adds the command, which leaves its words to `administer`. */
export function addAdminCommand(program: Command, onOrder: (order: AdminOrder) => void): Command {
  const admin = new Command('admin')
    .description('Look after a running broker by its admin API.')
    .argument('[words...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((args: readonly string[]) => onOrder({ type: 'admin', args }))
  return program.addCommand(admin)
}

/** Carries an order out, and returns the exit code. */
export async function administer({ args }: AdminOrder): Promise<number> {
  const { AdminCommandFailure, adminCommand } = await import('@godwit/admin/commands')
  const program = new Command('godwit-broker').helpCommand(false)
  const admin = adminCommand()
  program.addCommand(admin)
  sayErrors(admin, 'godwit-broker admin')
  const words = args.length === 0 ? ['--help'] : args
  try {
    await program.parseAsync(['admin', ...words], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof AdminCommandFailure)) throw error
    process.stderr.write(`godwit-broker admin: ${error.message}\n`)
    return error.exitCode
  }
}

/** Of wrong flags, in the form of all errors. */
function sayErrors(command: Command, name: string): void {
  command.configureOutput({
    outputError: (text, write) => write(`${name}: ${text.replace(/^error: /, '')}`),
  })
  for (const each of command.commands) sayErrors(each, `${name} ${each.name()}`)
}
