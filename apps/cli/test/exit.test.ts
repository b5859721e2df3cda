/** How a run ends: the line on stderr, and the exit code. */
import { ClientError } from '@godwit/client'
import { describe, expect, it } from 'vitest'
import { CliError, misuse, report } from '../src/exit.ts'
import type { Ending } from '../src/exit.ts'
import { Interruption } from '../src/interrupt.ts'
import { sentence } from '../src/sentence.ts'
import { timedOut } from '../src/time-limit.ts'

function reported(
  error: unknown,
  how: { readonly quiet?: boolean; readonly debug?: boolean } = {},
): { readonly text: string; readonly ending: Ending } {
  let text = ''
  const write = (more: string): void => void (text += more)
  const ending = report(error, { program: 'godwit pub', quiet: false, debug: false, write, ...how })
  return { text, ending }
}

function system(code: string): Error {
  return Object.assign(new Error('it broke'), { code })
}

describe('an error', () => {
  it.each([
    [new CliError('It broke'), 'It broke', 1],
    [new CliError('It broke', { advice: 'mend it', exitCode: 5 }), 'It broke: mend it', 5],
    [misuse('that is wrong', 'do right'), 'that is wrong: do right', 1],
    [timedOut('Time is up after 1 s'), 'Time is up after 1 s', 27],
    [new Error('a bug'), 'a bug', 1],
    ['a text', 'a text', 1],
    [new CliError('evil\x1b[2J\nmore'), 'evil\\e[2J\\nmore', 1],
    [new ClientError('No.', { code: 'connect-refused', reasonCode: 0x85 }), 'No.', 0x85],
    [new ClientError('No.', { code: 'publish-refused', reasonCode: 0x97 }), 'No.', 0x97],
    [new ClientError('Gone.', { code: 'connection-lost', reasonCode: 0x8e }), 'Gone.', 0x8e],
    [new ClientError('Ours.', { code: 'not-allowed', reasonCode: 0x83 }), 'Ours.', 1],
    [new ClientError('Late.', { code: 'timeout' }), 'Late.', 27],
    [
      new ClientError('Failed.', { code: 'connection-failed', cause: system('ECONNREFUSED') }),
      'Failed. Is the server running? --host, --port or --url say where.',
      1,
    ],
    [
      new ClientError('Failed.', {
        code: 'connection-failed',
        cause: new Error('x', { cause: system('DEPTH_ZERO_SELF_SIGNED_CERT') }),
      }),
      'Failed. With --ca-file it can be trusted.',
      8,
    ],
    [
      new ClientError('Failed.', { code: 'connection-failed', cause: system('ERR_SSL_X') }),
      'Failed.',
      8,
    ],
  ])('%o is told in one line', (error, line, exitCode) => {
    expect(reported(error)).toEqual({ text: `godwit pub: ${line}\n`, ending: { exitCode } })
  })

  it('is told by nothing but the exit code with --quiet, unless the command line is wrong', () => {
    const refused = new ClientError('No.', { code: 'connect-refused', reasonCode: 0x87 })
    expect(reported(refused, { quiet: true })).toEqual({ text: '', ending: { exitCode: 0x87 } })
    expect(reported(misuse('wrong'), { quiet: true }).text).toBe('godwit pub: wrong\n')
  })

  it('is told with its stack for --debug', () => {
    expect(reported(new Error('x'), { debug: true }).text).toMatch(
      /^godwit pub: x\nError: x\n {4}at /,
    )
  })
})

describe('an interruption', () => {
  it('ends the process by its signal, and quietly when nobody reads any more', () => {
    const ended = (by: 'SIGINT' | 'SIGTERM' | 'EPIPE') => reported(new Interruption(by))
    expect(ended('SIGINT')).toEqual({ text: '', ending: { signal: 'SIGINT' } })
    expect(ended('SIGTERM')).toEqual({ text: '', ending: { signal: 'SIGTERM' } })
    expect(ended('EPIPE')).toEqual({ text: '', ending: { exitCode: 0 } })
  })
})

describe('what commander says', () => {
  it.each([
    [
      "error: unknown option '--prot'\n(Did you mean --port?)\n",
      "unknown option '--prot': did you mean --port?",
    ],
    [
      "error: option '-p' argument 'x' is invalid. It is a number.\n",
      "option '-p' argument 'x' is invalid: it is a number",
    ],
    [
      'error: too many arguments. Expected 0 but got 1.',
      'too many arguments: expected 0 but got 1',
    ],
  ])('%j becomes one sentence', (text, line) => {
    expect(sentence(text)).toBe(line)
  })
})
