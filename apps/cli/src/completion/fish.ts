/** Completion for fish. */
import type { CompletableCommand, CompletableFlag, Values } from './model.ts'

/** A script for `godwit completion fish | source`. */
export function fishScript(commands: readonly CompletableCommand[]): string {
  return [
    '# Completion of godwit for fish.',
    'complete -c godwit -e',
    'complete -c godwit -n __fish_use_subcommand -f -l help -d "print the help"',
    'complete -c godwit -n __fish_use_subcommand -f -l version -d "print the version"',
    ...commands.flatMap(commandLines),
    '',
  ].join('\n')
}

function commandLines({ names, summary, flags, words }: CompletableCommand): readonly string[] {
  const seen = `'__fish_seen_subcommand_from ${names.join(' ')}'`
  return [
    ...names.map(
      (name) => `complete -c godwit -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    ...flags.map((flag) => `complete -c godwit -n ${seen} ${flagWords(flag)}`),
    ...(typeof words === 'string'
      ? []
      : [`complete -c godwit -n ${seen} -f -a ${quoted(words.choices.join(' '))}`]),
  ]
}

function flagWords({ long, short, description, values }: CompletableFlag): string {
  const words = [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(values === undefined ? [] : [value(values)]),
    `-d ${quoted(description)}`,
  ]
  return words.join(' ')
}

function value(values: Values): string {
  switch (values) {
    case 'anything':
      return '-x'
    case 'files':
      return '-r -F'
    case 'connections':
      return "-x -a '(godwit completion connections 2> /dev/null)'"
    default:
      return `-x -a ${quoted(values.choices.join(' '))}`
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}
