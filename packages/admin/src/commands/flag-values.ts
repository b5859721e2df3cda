/** Values of flags, read and checked. */
import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'

/** Reads a whole number in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`)
  }
}

/** Reads a Quality of Service. */
export function qualityOfService(text: string): 0 | 1 | 2 {
  if (text === '0') return 0
  if (text === '1') return 1
  if (text === '2') return 2
  throw new InvalidArgumentError('It is 0, 1 or 2.')
}

/** Adds the flags of a list. */
export function addListFlags(command: Command): Command {
  return command
    .addOption(new Option('--match <pattern>', 'only names like this; * stands for any text'))
    .addOption(
      new Option('--limit <number>', 'how many at most (default: 100)').argParser(
        wholeNumber(1, 1_000_000_000),
      ),
    )
    .addOption(new Option('--all', 'all of them'))
}
