/** Completion for zsh. */
import type { CompletableCommand, CompletableFlag, Values } from './model.ts'

/** A script for `source <(godwit completion zsh)`, or for a file `_godwit` in the `fpath`. */
export function zshScript(commands: readonly CompletableCommand[]): string {
  const described = commands.flatMap(({ names, summary }) =>
    names.map((name) => `    ${quoted(`${name}:${summary}`)}`),
  )
  return [
    '#compdef godwit',
    '# Completion of godwit for zsh.',
    '_godwit_connections() {',
    '  compadd -- ${(f)"$(godwit completion connections 2> /dev/null)"}',
    '}',
    '_godwit() {',
    '  local -a commands',
    '  commands=(',
    ...described,
    '  )',
    '  if (( CURRENT == 2 )); then',
    "    _describe 'command' commands",
    '    return',
    '  fi',
    '  local command=$words[2]',
    '  shift words',
    '  (( CURRENT -= 1 ))',
    '  case $command in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    'if [[ $funcstack[1] == _godwit ]]; then',
    '  _godwit "$@"',
    'else',
    '  compdef _godwit godwit',
    'fi',
    '',
  ].join('\n')
}

function commandCase({ names, flags }: CompletableCommand): readonly string[] {
  return [
    `    ${names.join('|')})`,
    "      _arguments -S '*: :_default' \\",
    ...flags.map((flag, index) => {
      const end = index < flags.length - 1 ? ' \\' : ''
      return `        ${specification(flag)}${end}`
    }),
    '      ;;',
  ]
}

/** May be given again: which flags may not is for the program to say. */
function specification({ long, short, description, values }: CompletableFlag): string {
  const text = `[${escaped(description)}]${values === undefined ? '' : `:value:${action(values)}`}`
  if (short === undefined) return quoted(`*${long}${text}`)
  return `'*'{${short},${long}}${quoted(text)}`
}

function action(values: Values): string {
  switch (values) {
    case 'anything':
      return ''
    case 'files':
      return '_files'
    case 'connections':
      return '_godwit_connections'
    default:
      return `(${values.choices.join(' ')})`
  }
}

function escaped(description: string): string {
  return description.replaceAll(/[[\]:\\]/g, String.raw`\$&`)
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
