/** `admin token`: makes a token. Nothing is asked of a broker. */
import { Argument, Command, Option } from 'commander'
import { newToken } from '../admin-token.ts'
import type { Scope } from '../admin-token.ts'
import { act } from './acting.ts'
import { AdminCommandFailure } from './command-failure.ts'
import type { Surroundings } from './surroundings.ts'

/** The command. */
export function tokenCommand(surroundings: Surroundings): Command {
  const token = new Command('token')
    .summary('make a token, and the line for the file of tokens')
    .description(
      'Makes a token of 256 random bits. Its line, which does not hold it, goes into the file ' +
        "that the broker's admin.tokenFile names.",
    )
    .addArgument(new Argument('<name>', 'who has it: letters, digits, dots, dashes and _'))
    .addOption(
      new Option('--scope <scope>', 'what it is for (default: read)').choices(['read', 'write']),
    )
  return act<{ readonly scope?: Scope }>(token, surroundings, async ({ words, flags, show }) => {
    const made = madeFor(words[0] ?? '', flags.scope ?? 'read')
    show(made, () => `token: ${made.secret}\nline:  ${made.line}\n`)
  })
}

function madeFor(name: string, scope: Scope): ReturnType<typeof newToken> {
  try {
    return newToken(name, scope)
  } catch {
    throw new AdminCommandFailure("A token's name is 1 to 64 letters, digits, dots, dashes and _")
  }
}
