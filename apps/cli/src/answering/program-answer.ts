/** Answers by a program: the request on its stdin, the answer from its stdout. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Message } from '@godwit/client'
import { CliError } from '../exit.ts'

/** What is run for each request. */
export interface AnsweringProgram {
  readonly command: string
  readonly args: readonly string[]
  /** Whether a shell reads the command. */
  readonly shell: boolean
  /** Then it is killed. */
  readonly timeoutMs: number
}

/** More than any server takes. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024

/**
 * Runs the program for a request. It is told the topic and the properties in its environment, as
 * `GODWIT_TOPIC` and the like. @throws {CliError} if it fails, or says too much, or takes too long
 */
export async function answerOf(
  program: AnsweringProgram,
  request: Message,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { command, args, shell, timeoutMs } = program
  const late = AbortSignal.timeout(timeoutMs)
  const child = spawn(command, args, {
    shell,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environmentOf(request) },
    signal: AbortSignal.any([signal, late]),
    killSignal: 'SIGKILL',
  })
  try {
    return await outputOf(child, request.payload, command)
  } catch (error) {
    signal.throwIfAborted()
    if (!late.aborted) throw error
    throw new CliError(`${command} did not answer within ${timeoutMs / 1000} s and was killed`)
  }
}

type Child = ChildProcessByStdio<Writable, Readable, null>

function outputOf(child: Child, input: Uint8Array, command: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    child.stdout.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes <= ANSWER_BYTES_MAX) chunks.push(chunk)
      else child.kill('SIGKILL')
    })
    child.on('error', (cause) => {
      reject(new CliError(`${command} cannot be run: ${cause.message}`, { cause }))
    })
    child.on('close', (code, killedBy) => {
      if (bytes > ANSWER_BYTES_MAX) {
        reject(new CliError(`${command} answered more than ${ANSWER_BYTES_MAX} bytes`))
      } else if (code === 0) resolve(Buffer.concat(chunks))
      else reject(new CliError(`${command} ended with ${killedBy ?? `exit code ${code}`}`))
    })
    // A program need not read what it is asked.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}

function environmentOf({ topic, properties }: Message): NodeJS.ProcessEnv {
  const { responseTopic, contentType, correlationData, userProperty = [] } = properties
  return {
    GODWIT_TOPIC: clean(topic),
    ...(responseTopic !== undefined && { GODWIT_RESPONSE_TOPIC: clean(responseTopic) }),
    ...(contentType !== undefined && { GODWIT_CONTENT_TYPE: clean(contentType) }),
    ...(correlationData !== undefined && {
      GODWIT_CORRELATION_DATA: Buffer.from(correlationData).toString('hex'),
    }),
    ...(userProperty.length > 0 && { GODWIT_USER_PROPERTIES: JSON.stringify(userProperty) }),
  }
}

/** No environment holds a zero byte. */
function clean(text: string): string {
  return text.replaceAll('\0', '')
}
