/**
 * The flag `-D PACKET IDENTIFIER VALUE` of mosquitto's programs takes three words, or four for
 * `user-property`, and no library for flags knows such a thing: its words are joined into one
 * before the command line is parsed.
 */
import type { Command, Option } from 'commander'

/** The flag that takes several words. */
const PROPERTY_FLAGS: readonly string[] = ['-D', '--property']

/** The arguments with the words of each `-D` joined, as {@link wordsOf} takes them apart. */
export function joinPropertyWords(args: readonly string[], command: Command): string[] {
  if (!command.options.some(({ long }) => long === '--property')) return [...args]
  const joined: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? ''
    joined.push(argument)
    if (argument === '--') return [...joined, ...args.slice(at + 1)]
    if (PROPERTY_FLAGS.includes(argument)) {
      const words = args.slice(at + 1, at + 1 + wordCount(args[at + 2]))
      if (words.length > 0) joined.push(JSON.stringify(words))
      at += words.length
    } else if (takesNext(argument, command.options) && at + 1 < args.length) {
      at += 1
      joined.push(args[at] ?? '')
    }
  }
  return joined
}

/** The words that were joined. */
export function wordsOf(joined: string): readonly string[] {
  const words: unknown = JSON.parse(joined)
  return Array.isArray(words) ? words.map(String) : []
}

function wordCount(identifier: string | undefined): number {
  return identifier?.toLowerCase() === 'user-property' ? 4 : 3
}

/** Whether the argument after this one is its value, whatever that looks like. */
function takesNext(argument: string, options: readonly Option[]): boolean {
  if (/^-[^-]./.test(argument)) return clusterTakesNext(argument.slice(1), options)
  return options.some(
    ({ short, long, required }) => required && (short === argument || long === argument),
  )
}

/** `-rq`: switches, and at the end perhaps a flag that wants a value; `-q1` has it already. */
function clusterTakesNext(letters: string, options: readonly Option[]): boolean {
  for (const [index, letter] of Array.from(letters).entries()) {
    const option = options.find(({ short }) => short === `-${letter}`)
    if (option?.required === true) return index === letters.length - 1
  }
  return false
}
