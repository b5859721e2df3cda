/** The flags that say how messages are printed: the same for `sub` and `request`. */
import type { Command } from 'commander'
import { parseFormat } from '../output/format.ts'
import type { FormatPiece } from '../output/format.ts'
import { addFlag } from './flag.ts'

/** What the flags about output say. */
export interface OutputFlags {
  readonly format?: readonly FormatPiece[]
  readonly json?: boolean
  /** `-v`: the topic in front. */
  readonly verbose?: boolean
  /** `-N`: without a line break. */
  readonly newline?: boolean
  readonly pretty?: boolean
  readonly properties?: boolean
}

/** Adds the flags. */
export function addOutputFlags(command: Command): void {
  command.optionsGroup('Output (for people on a terminal, else one payload a line):')
  addFlag(command, '-v, --verbose', 'the topic, a space, the payload')
  addFlag(
    command,
    '-F, --format <format>',
    'as mosquitto_sub formats: %t %p %q %r %x %j %I %U ...',
    {
      parse: parseFormat,
    },
  )
  addFlag(command, '--json', 'a line of JSON for each message')
  addFlag(command, '--pretty', 'JSON of %j and %J on many lines')
  addFlag(command, '--properties', 'for people: the properties of MQTT 5.0 too')
  addFlag(command, '-N, --no-newline', 'no line break behind a message')
}
