/** The values that a command line comes to, without anything being carried out. */
import { Command, CommanderError } from 'commander'
import { addConnectionFlags } from '../../src/connection-flags.ts'
import type { ConnectionFlags } from '../../src/connection-flags.ts'
import { joinPropertyWords } from '../../src/flags/property-words.ts'

/** Parses the flags that every command has. */
export function connectionFlags(...args: readonly string[]): ConnectionFlags {
  return parsed(addConnectionFlags(new Command('test')), args).opts<ConnectionFlags>()
}

/** Parses with a command. @throws the sentence that commander has */
export function parsed(command: Command, args: readonly string[]): Command {
  command
    .helpOption('--help')
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
  try {
    return command.parse(joinPropertyWords(args, command), { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? new Error(error.message, { cause: error }) : error
  }
}
