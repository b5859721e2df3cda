/** What a stream of output can show: whether people look at it, its colours, its size. */
import pc from 'picocolors'

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>

/** A stream of output as the program sees it. */
export interface Terminal {
  /** Whether it is a terminal, with a person in front of it. */
  readonly isTty: boolean
  /** How many characters fit into a line; 80 where nobody knows. */
  readonly columns: number
  readonly colors: Colors
}

/** The part of `process.stdout` that is looked at. */
export interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Looks at a stream; with NO_COLOR there are no colours, with FORCE_COLOR there are. */
export function terminalOf(
  stream: OutputStream,
  environment: NodeJS.ProcessEnv = process.env,
): Terminal {
  const isTty = stream.isTTY === true
  return {
    isTty,
    get columns() {
      // A terminal that was never told its size says 0.
      return stream.columns || 80
    },
    colors: pc.createColors(wantsColors(isTty, environment)),
  }
}

function wantsColors(isTty: boolean, environment: NodeJS.ProcessEnv): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return !['0', 'false'].includes(FORCE_COLOR)
  return isTty && TERM !== 'dumb'
}
