/** `godwit admin`: looks after a running broker. What it does is in `@godwit/admin`. */
import { adminCommand as commandOf } from '@godwit/admin/commands'
import type { Command } from 'commander'
import { CliError } from './exit.ts'
import { addExamples } from './flags/examples.ts'

/** The command. */
export function adminCommand(): Command {
  const command = commandOf({
    failed: ({ message, exitCode }) => new CliError(message, { exitCode }),
  })
  addExamples(command, [
    ['godwit admin token me --scope write', 'a token, and the line for the broker'],
    ['export GODWIT_ADMIN_TOKEN_FILE=~/.godwit-token', 'said once'],
    ['godwit admin clients', 'who is connected'],
    ['godwit admin clients show kitchen', 'what is on its way to one of them'],
    ['godwit admin explain kitchen home/door --action subscribe', 'which rule says so'],
    ['godwit admin sessions list --away --all --json', 'for a program'],
  ])
  return command
}
