/** `godwit respond`: answers requests with a text, with what was asked, or by a program. */
import { Command } from 'commander'
import type { Answerer, Client, Message, RespondOptions } from '@godwit/client'
import type { QoS } from '@godwit/codec'
import { commandWords } from './answering/command-words.ts'
import { answerOf } from './answering/program-answer.ts'
import type { AnsweringProgram } from './answering/program-answer.ts'
import { addConnectionFlags, connectionOf } from './connection-flags.ts'
import type { ConnectionFlags } from './connection-flags.ts'
import { withClient } from './connection/connecting.ts'
import { versionsFor } from './connection/versions.ts'
import { deferred } from './deferred.ts'
import { visible } from './escaping.ts'
import { misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { qos, timeoutSeconds, wholeNumber } from './flags/flag-values.ts'
import { addPropertyFlags, messageProperties } from './flags/message-flags.ts'
import type { MessagePropertyFlags } from './flags/message-flags.ts'
import { Interruption, untilInterrupted } from './interrupt.ts'
import { readPayload } from './payload/reading.ts'
import { topicFilters } from './topics.ts'

/** The command. */
export function respondCommand(): Command {
  const command = new Command('respond')
    .summary('answer requests')
    .description('Answers requests of MQTT 5.0, until it is interrupted.')
    .argument('[filter]', 'the Topic Filter of the requests, instead of --topic')
    .argument('[command...]', 'a program with its arguments, behind --, instead of --exec')
  command.optionsGroup('Requests:')
  addFlag(command, '-t, --topic <filter>', 'the Topic Filter of the requests')
  addFlag(command, '-q, --qos <qos>', 'of requests and answers (default: 0)', { parse: qos })
  addFlag(command, '-C, --count <number>', 'end after so many answers', {
    parse: wholeNumber(1, 1e15),
  })
  addFlag(command, '-v, --verbose', 'print the topic of each request')
  addAnswerFlags(command)
  addPropertyFlags(command, { response: false })
  addConnectionFlags(command)
  addExamples(command, [
    ['godwit respond ping -m pong', 'always the same answer'],
    ['godwit respond echo --echo', 'what was asked'],
    ['godwit respond sum --exec \'awk "{print \\$1 + \\$2}"\'', 'what a program makes of it'],
    ['godwit respond host -- uname -n', 'the same, with the words of the program as they are'],
    ["godwit respond up --exec 'uptime | cut -c 1-20' --shell", 'by a shell'],
  ])
  return command.action(respond)
}

function addAnswerFlags(command: Command): void {
  command.optionsGroup('Answers:')
  addFlag(command, '-m, --message <text>', 'a text')
  addFlag(command, '-f, --file <path>', 'what is in a file, read once')
  addFlag(command, '--echo', 'the request')
  const exec = 'a program: the request is its stdin, its stdout the answer'
  addFlag(command, '--exec <command>', exec)
  addFlag(command, '--shell', 'have a shell read the command')
  addFlag(command, '--exec-timeout <seconds>', 'when to kill the program (default: 30)', {
    parse: timeoutSeconds,
  })
  const concurrency = 'how many requests to answer at a time (default: 8)'
  addFlag(command, '--concurrency <number>', concurrency, { parse: wholeNumber(1, 1_000) })
}

interface RespondFlags extends ConnectionFlags, MessagePropertyFlags {
  readonly topic?: string
  readonly qos?: QoS
  readonly count?: number
  readonly verbose?: boolean
  readonly message?: string
  readonly file?: string
  readonly echo?: boolean
  readonly exec?: string
  readonly shell?: boolean
  readonly execTimeout?: number
  readonly concurrency?: number
}

async function respond(
  filterWord: string | undefined,
  commandLine: readonly string[],
  flags: RespondFlags,
): Promise<void> {
  // With --topic every word is one of the program.
  const filterIsWord = flags.topic === undefined
  const program = filterIsWord ? commandLine : [filterWord ?? [], commandLine].flat(2)
  const connection = connectionOf(flags)
  const wanted = flags.topic ?? filterWord ?? connection.topic
  if (wanted === undefined) throw misuse('there is no topic', 'give --topic')
  const [filter = wanted] = topicFilters([wanted])
  const signal = untilInterrupted()
  const answer = await answererOf(flags, program, signal)
  const options = { versions: versionsFor(flags, 'a request with its answer') }
  try {
    await withClient({ command: 'respond', connection, flags, signal, options }, (client) =>
      serve(client, { filter, answer, flags, signal }),
    )
  } catch (error) {
    // To be interrupted is how this ends.
    if (!(error instanceof Interruption)) throw error
  }
}

interface Service {
  readonly filter: string
  readonly answer: Answerer
  readonly flags: RespondFlags
  readonly signal: AbortSignal
}

const CONCURRENCY = 8

async function serve(client: Client, { filter, answer, flags, signal }: Service): Promise<void> {
  const { count = Infinity, concurrency = CONCURRENCY, verbose = false, quiet = false } = flags
  const enough = deferred<void>()
  let begun = 0
  const options: RespondOptions = {
    qos: flags.qos ?? 0,
    concurrency: Math.min(concurrency, count),
    onError: (error, { topic }) => {
      const reason = error instanceof Error ? error.message : String(error)
      if (!quiet) process.stderr.write(`godwit respond: ${visible(`${topic}: ${reason}`)}\n`)
    },
    signal,
  }
  const counted: Answerer = (request) => {
    begun += 1
    if (begun > count) return undefined
    if (begun === count) enough.resolve()
    if (verbose) process.stdout.write(`${visible(request.topic)}\n`)
    return answer(request)
  }
  const responder = await client.respond(filter, counted, options)
  await Promise.race([responder.done, enough.promise])
  await responder.close()
  await responder.done
}

const EXEC_TIMEOUT_SECONDS = 30

async function answererOf(
  flags: RespondFlags,
  words: readonly string[],
  signal: AbortSignal,
): Promise<Answerer> {
  const { message, file, echo, exec } = flags
  const named = [message, file, echo, exec, words.length > 0 ? words : undefined]
  const count = named.filter((each) => each !== undefined).length
  const advice = 'give one of --message, --file, --echo, --exec'
  if (count === 0) throw misuse('there is no answer', advice)
  if (count > 1) throw misuse('there are several answers', advice)
  const payloadOf = await payloads(flags, words, signal)
  const properties = messageProperties(flags)
  return async (request) => {
    const payload = await payloadOf(request)
    return properties === undefined ? payload : { payload, properties }
  }
}

type PayloadOf = (request: Message) => string | Uint8Array | Promise<Uint8Array>

async function payloads(
  flags: RespondFlags,
  words: readonly string[],
  signal: AbortSignal,
): Promise<PayloadOf> {
  const { message, file, echo } = flags
  if (message !== undefined) return () => message
  if (echo === true) return ({ payload }) => payload
  if (file !== undefined) {
    const payload = await readPayload({ from: 'file', path: file })
    return () => payload
  }
  const program = programOf(flags, words)
  return (request) => answerOf(program, request, signal)
}

function programOf(flags: RespondFlags, words: readonly string[]): AnsweringProgram {
  const { exec = '', shell = false, execTimeout = EXEC_TIMEOUT_SECONDS } = flags
  const timeoutMs = Math.ceil(execTimeout * 1000)
  if (shell)
    return { command: words.length > 0 ? words.join(' ') : exec, args: [], shell, timeoutMs }
  const parts = words.length > 0 ? words : commandWords(exec)
  if (parts === undefined) throw misuse('a quote in --exec is not closed', 'close it')
  const [command, ...args] = parts
  if (command === undefined) throw misuse('--exec names no program', 'name one')
  return { command, args, shell, timeoutMs }
}
