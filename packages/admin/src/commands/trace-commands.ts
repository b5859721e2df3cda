/** `admin trace`: one client or topic in the log, for a while. */
import { Argument, Command } from 'commander'
import type { TraceKind, TraceView } from '../views.ts'
import { act } from './acting.ts'
import { durationOf } from './durations.ts'
import { visible } from './escaping.ts'
import { wholeNumber } from './flag-values.ts'
import type { Surroundings } from './surroundings.ts'
import { tableOf } from './table.ts'

/** The command. */
export function traceCommand(surroundings: Surroundings): Command {
  const trace = new Command('trace').summary('trace a client or a topic in the log')
  trace.description('Makes the log tell all about one client, or one topic, for a while.')
  for (const kind of ['client', 'topic'] as const) {
    const start = trace.command(kind).summary(`trace a ${kind}`)
    start
      .addArgument(new Argument(`<${kind}>`, WHAT[kind]))
      .option('--seconds <number>', 'for how long (default: 600)', wholeNumber(1, 86_400))
    act<{ readonly seconds?: number }>(start, surroundings, async (acting) => {
      const { client, words, flags, show, stop } = acting
      const { seconds } = flags
      const long = seconds === undefined ? {} : { seconds }
      const started = await client.trace(kind, words[0] ?? '', { ...stop, ...long })
      show(started, () => traceText(started))
    })
  }
  act(trace.command('list').summary('what is traced'), surroundings, async (acting) => {
    const traces = await acting.client.traces(acting.stop)
    acting.show(traces, () => listText(traces))
  })
  const stop = trace.command('stop').summary('end a trace')
  stop
    .addArgument(new Argument('<kind>', 'client or topic').choices(['client', 'topic']))
    .addArgument(new Argument('<value>', 'of what it is'))
  act(stop, surroundings, async (acting) => {
    const [kind, value = ''] = acting.words
    await acting.client.stopTrace(kind === 'topic' ? 'topic' : 'client', value, acting.stop)
    acting.show({ kind, value, stopped: true }, () => `${visible(value)} is traced no more.\n`)
  })
  return trace
}

const WHAT: Readonly<Record<TraceKind, string>> = {
  client: 'the Client Identifier',
  topic: 'a Topic Filter',
}

function traceText({ kind, value, expiresInSeconds }: TraceView): string {
  const end = durationOf(expiresInSeconds)
  return `The ${kind} ${visible(value)} is traced in the broker's log for ${end}.\n`
}

function listText(traces: readonly TraceView[]): string {
  const rows = traces.map(({ kind, value, expiresInSeconds }) => [
    kind,
    value,
    durationOf(expiresInSeconds),
  ])
  return tableOf(['kind', 'what', 'ends in'], rows, { header: true })
}
