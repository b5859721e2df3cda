/** Completion for bash. */
import type { CompletableCommand, CompletableFlag, Values } from './model.ts'

/** A script for `source <(godwit completion bash)`. */
export function bashScript(commands: readonly CompletableCommand[]): string {
  const names = commands.flatMap((command) => command.names)
  return [
    '# Completion of godwit for bash.',
    '_godwit_files() {',
    // Names of files may hold spaces; the bash of macOS has neither compopt nor mapfile.
    "  local IFS=$'\\n'",
    '  compopt -o filenames 2> /dev/null',
    '  COMPREPLY=($(compgen -f -- "$1"))',
    '}',
    '_godwit() {',
    '  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}',
    '  COMPREPLY=()',
    '  if (( COMP_CWORD == 1 )); then',
    `    COMPREPLY=($(compgen -W '${[...names, '--help', '--version'].join(' ')}' -- "$cur"))`,
    '    return',
    '  fi',
    '  case ${COMP_WORDS[1]} in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    'complete -o bashdefault -F _godwit godwit',
    '',
  ].join('\n')
}

function commandCase({ names, flags, words, following }: CompletableCommand): readonly string[] {
  const all = flags.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])])
  return [
    `    ${names.join(' | ')})`,
    '      case $prev in',
    ...flags.flatMap(flagCase),
    ...following.map(
      ({ name, words: choices }) => `        ${name}) ${reply({ choices })} return ;;`,
    ),
    '      esac',
    '      if [[ $cur == -* ]]; then',
    `        COMPREPLY=($(compgen -W '${all.join(' ')}' -- "$cur"))`,
    ...(words === 'anything' ? [] : ['      else', `        ${reply(words)}`]),
    '      fi',
    '      ;;',
  ]
}

function flagCase({ long, short, values }: CompletableFlag): readonly string[] {
  if (values === undefined) return []
  const names = [long, ...(short === undefined ? [] : [short])]
  return [`        ${names.join(' | ')}) ${reply(values)} return ;;`]
}

function reply(values: Values): string {
  switch (values) {
    case 'anything':
      return ''
    case 'files':
      return '_godwit_files "$cur";'
    case 'connections':
      return 'COMPREPLY=($(compgen -W "$(godwit completion connections 2> /dev/null)" -- "$cur"));'
    default:
      return `COMPREPLY=($(compgen -W '${values.choices.join(' ')}' -- "$cur"));`
  }
}
