/**
 * Flags as commander's options: a documented long name, perhaps a short one, and further names
 * that other programs use for the same thing, which work and are not listed.
 */
import { Option } from 'commander'
import type { Command } from 'commander'

/** What a flag has beside its names and its sentence. */
export interface FlagDetails<T> {
  /** Reads a value, given the one so far. @throws {InvalidArgumentError} */
  readonly parse?: (text: string, previous: T | undefined) => T
  /** The value where the flag is absent, and how help says it. */
  readonly default?: readonly [value: unknown, description?: string]
  /** Further long names, such as `--pw`. */
  readonly aliases?: readonly string[]
  /** The environment variable that is asked where the flag is absent. */
  readonly env?: string
  readonly choices?: readonly string[]
  /** Not in help. */
  readonly hidden?: boolean
}

/** Adds a flag, in commander's notation: `-p, --port <number>`. */
export function addFlag<T = string>(
  command: Command,
  flags: string,
  description: string,
  details: FlagDetails<T> = {},
): Command {
  const option = configured(new Option(flags, description), details)
  command.addOption(option)
  for (const name of details.aliases ?? []) command.addOption(new Alias(name, option))
  return command
}

/** Another name of an option, with the same value. */
class Alias extends Option {
  readonly #of: Option

  constructor(name: string, of: Option) {
    super(`${name}${valueOf(of)}`, `the same as ${of.long ?? ''}`)
    this.#of = of
    this.negate = of.negate
    this.hidden = true
    if (of.parseArg !== undefined) this.parseArg = of.parseArg
  }

  override attributeName(): string {
    return this.#of.attributeName()
  }
}

function configured<T>(option: Option, details: FlagDetails<T>): Option {
  const { parse, env, choices, hidden = false } = details
  if (choices !== undefined) option.choices(choices)
  if (parse !== undefined) option.argParser<T | undefined>(parse)
  if (env !== undefined) option.env(env)
  if (details.default !== undefined) option.default(...details.default)
  return option.hideHelp(hidden)
}

/** The words of the value in an option's notation, ` <number>`; nothing for a switch. */
function valueOf({ flags }: Option): string {
  const start = flags.search(/[<[]/)
  return start === -1 ? '' : ` ${flags.slice(start)}`
}
