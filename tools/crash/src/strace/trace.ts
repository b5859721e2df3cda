/**
 * What strace wrote down, with `-f -xx`: system calls, which may begin on one line and end on
 * another.
 *
 *     4711 17000.123456 read(23, "\x30\x0a", 65536) = 2
 *     4712 17000.123460 fdatasync(19 <unfinished ...>
 *     4712 17000.125001 <... fdatasync resumed>) = 0
 *
 * strace sees one thing after the other, so the numbers of its lines are an order in time.
 */

/** A system call. */
export interface Call {
  readonly name: string
  /** The first argument, which is a file descriptor; NaN where it is none. */
  readonly fd: number
  /** All bytes among the arguments. */
  readonly data: Uint8Array
  readonly result: number
  /** The line on which it began. */
  readonly begun: number
  /** The line on which it ended. */
  readonly ended: number
}

/** Reads all calls that ended, in the order of their ends. */
export function parseTrace(text: string): readonly Call[] {
  const unfinished = new Map<string, Unfinished>()
  return text.split('\n').flatMap((line, number) => {
    const [, thread = '', rest = ''] = LINE.exec(line) ?? []
    const begin = BEGIN.exec(rest)
    if (begin !== null) {
      unfinished.set(thread, { begun: number, text: begin[1] ?? '' })
      return []
    }
    const [, resumed] = RESUMED.exec(rest) ?? []
    const former = resumed === undefined ? undefined : unfinished.get(thread)
    const whole = former === undefined ? rest : `${former.text}${resumed ?? ''}`
    return callsIn(whole, former?.begun ?? number, number)
  })
}

interface Unfinished {
  readonly begun: number
  readonly text: string
}

const LINE = /^(\d+) +[\d.]+ (.*)$/
const BEGIN = /^(.*) <unfinished \.\.\.>$/
const RESUMED = /^<\.\.\. \w+ resumed>(.*)$/
const CALL = /^(\w+)\((.*)\) += (-?\d+)/

function callsIn(text: string, begun: number, ended: number): readonly Call[] {
  const [, name, args = '', result] = CALL.exec(text) ?? []
  if (name === undefined) return []
  const fd = Number.parseInt(args, 10)
  return [{ name, fd, data: bytesIn(args), result: Number(result), begun, ended }]
}

function bytesIn(args: string): Uint8Array {
  const digits = [...args.matchAll(/\\x([0-9a-f]{2})/g)].map(([, pair = '']) => pair)
  return Buffer.from(digits.join(''), 'hex')
}
