/** `godwit completion`: what makes a shell complete the commands and flags of this program. */
import { Argument, Command } from 'commander'
import { bashScript } from './completion/bash.ts'
import { fishScript } from './completion/fish.ts'
import { completable } from './completion/model.ts'
import type { CompletableCommand } from './completion/model.ts'
import { zshScript } from './completion/zsh.ts'
import { configurationText, readConfiguration } from './configuration/file.ts'
import { addConnectionFlags } from './connection-flags.ts'
import { addExamples } from './flags/examples.ts'

type Script = (commands: readonly CompletableCommand[]) => string

const SCRIPTS: ReadonlyMap<string, Script> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
])

/** The command. It is told the whole program when it runs. */
export function completionCommand(): Command {
  const shells = [...SCRIPTS.keys()]
  const command = new Command('completion')
    .summary('print what completes commands and flags in a shell')
    .description('Prints a script for a shell, which completes commands, flags and their values.')
    // The scripts themselves ask for the names of connections.
    .addArgument(new Argument('<shell>', shells.join(', ')).choices([...shells, 'connections']))
  addExamples(command, [
    ["echo 'source <(godwit completion bash)' >> ~/.bashrc", 'bash'],
    ["echo 'source <(godwit completion zsh)' >> ~/.zshrc", 'zsh'],
    ['godwit completion fish > ~/.config/fish/completions/godwit.fish', 'fish'],
  ])
  return command.action(async (shell: string) => {
    process.stdout.write(await printed(shell))
  })
}

async function printed(shell: string): Promise<string> {
  const script = SCRIPTS.get(shell)
  if (script === undefined) return connectionNames()
  const { wholeProgram } = await import('./program.ts')
  return script(completable(await wholeProgram()))
}

async function connectionNames(): Promise<string> {
  const file = configurationText(process.env['GODWIT_CONFIG'])
  if (file === undefined) return ''
  const { options } = addConnectionFlags(new Command())
  const { connections } = await readConfiguration(file, options)
  return [...connections.keys()].map((name) => `${name}\n`).join('')
}
