/** One line at the bottom of a terminal that says how it goes, written over again and again. */
import { terminalOf } from '../terminal.ts'

const EVERY_MS = 250
/** Where a terminal does not know how wide it is. */
const COLUMNS = 80

/** Shows what `text` says until it is disposed of; nothing where nobody looks. */
export function statusLine(stream: NodeJS.WriteStream, text: () => string): Disposable {
  const terminal = terminalOf(stream)
  if (!terminal.isTty) return { [Symbol.dispose]: () => {} }
  const clear = '\r\u001b[K'
  const show = (): void => {
    stream.write(`${clear}${text().slice(0, (terminal.columns || COLUMNS) - 1)}`)
  }
  const timer = setInterval(show, EVERY_MS)
  show()
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer)
      stream.write(clear)
    },
  }
}
