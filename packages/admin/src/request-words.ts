/**
 * The words of a request's query, checked against the parameters of its route. Names of clients
 * and topics are such words and no parts of a path, for `.` and `..` are names of clients too, and
 * no spelling of them survives in the path of a URL.
 */
import { Problem } from './problem.ts'
import type { Parameter } from './route.ts'

/** The words of one request. */
export class RequestWords {
  readonly #words: ReadonlyMap<string, string>

  /** @throws {Problem} for a word that is not known, twice there, missing, or wrong. */
  constructor(query: URLSearchParams, parameters: readonly Parameter[]) {
    const words = new Map<string, string>()
    for (const [name, value] of query) {
      if (!parameters.some((each) => each.name === name)) throw unknown(name, parameters)
      if (words.has(name)) throw new Problem('bad-request', `There are two words ${name}: give one`)
      words.set(name, value)
    }
    for (const parameter of parameters) check(words.get(parameter.name), parameter)
    this.#words = words
  }

  /** A word that must be there. */
  required(name: string): string {
    const word = this.#words.get(name)
    if (word === undefined) throw new Problem('bad-request', `The word ${name} is missing`)
    return word
  }

  /** A word that may be there. */
  text(name: string): string | undefined {
    return this.#words.get(name)
  }

  /** A number, or this one if it is not there. */
  number(name: string, otherwise: number): number {
    const word = this.#words.get(name)
    return word === undefined ? otherwise : Number(word)
  }

  /** A switch that is on: `true`. */
  isOn(name: string): boolean {
    return this.#words.get(name) === 'true'
  }

  /** One of some words, or the first of them. */
  choice<T extends string>(name: string, among: readonly [T, ...T[]]): T {
    const word = this.#words.get(name)
    return among.find((each) => each === word) ?? among[0]
  }
}

function unknown(name: string, parameters: readonly Parameter[]): Problem {
  const names = parameters.map((each) => each.name).join(', ')
  const known = names === '' ? 'it takes none' : `it takes ${names}`
  return new Problem('bad-request', `This request takes no word ${clipped(name)}: ${known}`)
}

function check(word: string | undefined, parameter: Parameter): void {
  const { name, required, value } = parameter
  if (word === undefined) {
    if (required !== true) return
    throw new Problem('bad-request', `The word ${name} is missing: ${parameter.description}`)
  }
  const allowed = expectation(word, value)
  if (allowed === undefined) return
  throw new Problem('bad-request', `${name} is ${allowed}, not ${clipped(word)}`)
}

/** What is allowed instead, if the word is not. */
function expectation(word: string, value: Parameter['value']): string | undefined {
  switch (value.type) {
    case 'text':
      if (word !== '' && word.length <= value.lengthMax) return undefined
      return `a text of 1 to ${value.lengthMax} characters`
    case 'number': {
      const isWhole = /^\d{1,9}$/.test(word)
      if (isWhole && Number(word) >= value.min && Number(word) <= value.max) return undefined
      return `a whole number from ${value.min} to ${value.max}`
    }
    case 'choice':
      return value.among.includes(word) ? undefined : `one of ${value.among.join(', ')}`
    case 'switch':
      return word === 'true' || word === 'false' ? undefined : 'true or false'
    default:
      return value satisfies never
  }
}

function clipped(word: string): string {
  return word.length <= 40 ? `"${word}"` : `"${word.slice(0, 40)}..."`
}
