/** What is wrong with a configuration, all of it at once, in sentences that say where. */
import { pathText } from './wording.ts'
import type { Path } from './wording.ts'

/** One thing that is wrong. */
export interface Fault {
  readonly path: Path
  /** What follows the key in the sentence, such as `is missing`. */
  readonly message: string
}

/** The same, with its place. */
export interface PlacedFault {
  /** Such as `godwit.yaml:3:5`, `GODWIT_BROKER_DATA` or `--set`. */
  readonly place: string
  /** Such as `listeners[0].url`; empty if it is about the whole. */
  readonly key: string
  readonly message: string
}

/** A configuration that cannot be used. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  /** At least one. */
  readonly faults: readonly PlacedFault[]

  constructor(faults: readonly PlacedFault[], options?: ErrorOptions) {
    const sentences = faults.map(sentenceOf)
    super(
      sentences.length === 1
        ? sentences[0]
        : `the configuration is wrong in ${sentences.length} places:\n${indented(sentences)}`,
      options,
    )
    this.faults = faults
  }
}

/** The fault as one sentence. */
export function sentenceOf({ place, key, message }: PlacedFault): string {
  return `${place}: ${key === '' ? '' : `${key} `}${message}`
}

/** The fault at the place where it was found. */
export function placed({ path, message }: Fault, place: string): PlacedFault {
  return { place, key: pathText(path), message }
}

function indented(sentences: readonly string[]): string {
  return sentences.map((sentence) => `  ${sentence}`).join('\n')
}
