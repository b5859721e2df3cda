/**
 * The commands by name. Each is loaded when it is asked for, so that `godwit pub` does not wait for
 * the histograms of `godwit bench`.
 */
import type { Command } from 'commander'

/** Loads a command. */
export type LoadCommand = () => Promise<Command>

/** Every command, in the order of the help. */
export const COMMANDS: ReadonlyMap<string, LoadCommand> = new Map<string, LoadCommand>([
  ['pub', async () => (await import('./pub.ts')).pubCommand()],
  ['sub', async () => (await import('./sub.ts')).subCommand()],
  ['request', async () => (await import('./request.ts')).requestCommand()],
  ['respond', async () => (await import('./respond.ts')).respondCommand()],
  ['bench', async () => (await import('./bench.ts')).benchCommand()],
  ['inspect', async () => (await import('./inspect.ts')).inspectCommand()],
  ['record', async () => (await import('./record.ts')).recordCommand()],
  ['replay', async () => (await import('./replay.ts')).replayCommand()],
  ['passwd', async () => (await import('./passwd.ts')).passwdCommand()],
  ['admin', async () => (await import('./admin.ts')).adminCommand()],
  ['completion', async () => (await import('./completion.ts')).completionCommand()],
])
