/** Which screen a stream of output is. */
import { terminalOf } from '../terminal.ts'
import { PipeScreen } from './screen.ts'
import type { Screen } from './screen.ts'
import { TerminalScreen } from './terminal-screen.ts'

/** One for people if the stream is a terminal, else one for programs. */
export function screenFor(stream: NodeJS.WriteStream): Screen {
  const { isTty, colors } = terminalOf(stream)
  return isTty ? new TerminalScreen(stream, colors) : new PipeScreen(stream)
}
