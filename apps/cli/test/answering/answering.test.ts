/** Answers by programs: how their command lines are read, and what becomes of their output. */
import type { Message } from '@godwit/client'
import { describe, expect, it } from 'vitest'
import { commandWords } from '../../src/answering/command-words.ts'
import { answerOf } from '../../src/answering/program-answer.ts'
import type { AnsweringProgram } from '../../src/answering/program-answer.ts'

describe('a command line', () => {
  it.each([
    ['', []],
    ['  a  b\tc\n', ['a', 'b', 'c']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [`"a \\"b\\" \\$c \\n"`, ['a "b" $c \\n']],
    [`'a\\b' $HOME *`, ['a\\b', '$HOME', '*']],
    [`'open`, undefined],
    [`a "open`, undefined],
    ['a \\', undefined],
  ])('%j is %j', (line, words) => {
    expect(commandWords(line)).toEqual(words)
  })
})

describe('a program', () => {
  const request: Message = {
    topic: 'ask/me',
    payload: Buffer.from('some text'),
    qos: 0,
    retain: false,
    dup: false,
    packetId: 0,
    properties: {
      responseTopic: 'r',
      contentType: 'text/plain',
      correlationData: Uint8Array.of(1, 255),
      userProperty: [['a', 'b']],
    },
    text: () => '',
    json: () => undefined,
    acknowledge: () => {},
  }

  function answer(
    program: Partial<AnsweringProgram>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<string> {
    const all = { command: process.execPath, args: [], shell: false, timeoutMs: 15_000, ...program }
    return answerOf(all, request, signal).then((bytes) => Buffer.from(bytes).toString())
  }

  const script = (text: string) => ({ args: ['-e', text] })

  it('has the request on stdin, and answers by stdout', async () => {
    expect(await answer(script('process.stdin.pipe(process.stdout)'))).toBe('some text')
  })

  it('is told of the request in its environment', async () => {
    const show = `
      const names = Object.keys(process.env).filter((name) => name.startsWith('GODWIT_'))
      const told = names.map((name) => [name, process.env[name]])
      console.log(JSON.stringify(Object.fromEntries(told)))`
    expect(JSON.parse(await answer(script(show)))).toMatchObject({
      GODWIT_TOPIC: 'ask/me',
      GODWIT_RESPONSE_TOPIC: 'r',
      GODWIT_CONTENT_TYPE: 'text/plain',
      GODWIT_CORRELATION_DATA: '01ff',
      GODWIT_USER_PROPERTIES: '[["a","b"]]',
    })
  })

  it('has its words as they are, without a shell', async () => {
    const show = 'console.log(process.argv.slice(1).join("|"))'
    expect(await answer({ args: ['-e', show, '$HOME', '`x`', ';'] })).toBe('$HOME|`x`|;\n')
  })

  it('is read by a shell, if asked', async () => {
    expect(await answer({ command: 'echo one && echo two', shell: true })).toBe('one\ntwo\n')
  })

  it('may leave the request unread', async () => {
    expect(await answer(script('console.log("early")'))).toBe('early\n')
  })

  it('that fails answers nothing', async () => {
    await expect(answer(script('console.log("x"); process.exit(3)'))).rejects.toThrow(
      /ended with exit code 3$/,
    )
    await expect(answer(script('process.kill(process.pid, "SIGTERM")'))).rejects.toThrow(
      /ended with SIGTERM$/,
    )
    await expect(answer({ command: '/none' })).rejects.toThrow(
      '/none cannot be run: spawn /none ENOENT',
    )
  })

  it('that takes too long is killed', async () => {
    const endless = { ...script('setInterval(() => {}, 1000)'), timeoutMs: 300 }
    await expect(answer(endless)).rejects.toThrow(/did not answer within 0\.3 s and was killed$/)
  })

  it('is killed when everything ends', async () => {
    const controller = new AbortController()
    const running = answer(script('setInterval(() => {}, 1000)'), controller.signal)
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
  })
})
