/** Examples below the help of a command. */
import type { Command } from 'commander'

/** A command line, and what it does. */
export type Example = readonly [line: string, does: string]

/** Adds examples to the help. */
export function addExamples(command: Command, examples: readonly Example[]): Command {
  const lines = examples.flatMap(([line, does]) => [`  # ${does}`, `  $ ${line}`, ''])
  return command.addHelpText('after', ['', 'Examples:', ...lines].join('\n').trimEnd())
}
