/**
 * A password from whoever runs the program: asked for twice on a terminal, where nothing of it is
 * shown, or the first line of what else stdin is.
 */
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { CliError } from '../exit.ts'
import { Interruption } from '../interrupt.ts'
import { linesOf } from '../payload/reading.ts'

/** The part of `process.stdin` that is used. */
export interface SecretInput extends Readable {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
}

/**
 * Asks for a password.
 *
 * @throws {CliError} if there is none, or the second is another one.
 * @throws {Interruption} at Ctrl-C.
 */
export async function readSecret(input: SecretInput, prompts: Writable): Promise<string> {
  if (input.isTTY !== true) return firstLine(input)
  const first = await asked(input, prompts, 'Password: ')
  if (first === '') throw new CliError('The password is empty', { advice: 'type one' })
  const second = await asked(input, prompts, 'Again: ')
  if (first === second) return first
  throw new CliError('The passwords are not the same', { advice: 'nothing was changed' })
}

async function firstLine(input: SecretInput): Promise<string> {
  for await (const line of linesOf(input)) {
    const text = textOf(line)
    return text.endsWith('\r') ? text.slice(0, -1) : text
  }
  throw new CliError('No password came on stdin', {
    advice: 'pipe it in as a line, or run this on a terminal',
  })
}

function textOf(line: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)
  } catch (cause) {
    throw new CliError('The password on stdin is no UTF-8', { cause })
  }
}

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'

/** In raw mode the terminal echoes nothing, and hands over Ctrl-C as a character. */
function asked(input: SecretInput, prompts: Writable, prompt: string): Promise<string> {
  prompts.write(prompt)
  input.setRawMode?.(true)
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8')
    const typed: string[] = []
    const finish = (end: () => void): void => {
      input.off('data', take).off('end', leave)
      input.pause()
      input.setRawMode?.(false)
      prompts.write('\n')
      end()
    }
    const leave = (): void => finish(() => reject(new Interruption('SIGINT')))
    const take = (chunk: Buffer): void => {
      for (const character of decoder.write(chunk)) {
        if (character === CTRL_C || character === CTRL_D) return leave()
        if (character === '\r' || character === '\n') return finish(() => resolve(typed.join('')))
        if (character === CTRL_U) typed.length = 0
        else if (character === '\u007f' || character === '\b') typed.pop()
        else typed.push(character)
      }
    }
    input.on('data', take).on('end', leave).resume()
  })
}
