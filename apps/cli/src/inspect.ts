/** `godwit inspect`: what bytes say, in a text, in a file, in a capture, or live by a proxy. */
import { Argument, Command } from 'commander'
import type { ProtocolVersion } from '@godwit/codec'
import { tlsSettings } from './connection/tls.ts'
import { ExitCode, misuse } from './exit.ts'
import { addExamples } from './flags/examples.ts'
import { addFlag } from './flags/flag.ts'
import { port, protocolVersion, realNumber, wholeNumber } from './flags/flag-values.ts'
import { addTlsFlags } from './flags/tls-flags.ts'
import type { TlsFlags } from './flags/tls-flags.ts'
import { fileChunks, runFile } from './inspect/file-run.ts'
import type { Material } from './inspect/file-run.ts'
import type { Detail, Telling } from './inspect/happening.ts'
import { tellingForPrograms } from './inspect/packet-json.ts'
import { tellingForPeople } from './inspect/packet-text.ts'
import { Printer } from './inspect/printer.ts'
import { parseListen } from './inspect/listen-address.ts'
import { runProxy } from './inspect/proxy-run.ts'
import type { ListenAddress } from './inspect/proxy.ts'
import { parseUpstream } from './inspect/upstream.ts'
import { untilInterrupted } from './interrupt.ts'
import { terminalOf } from './terminal.ts'

/** The command. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .summary('show what MQTT packets say, field by field, and what is wrong with them')
    .description(DESCRIPTION)
    .addArgument(new Argument('[hex...]', 'packets in hexadecimal digits, in any spacing'))
  command.optionsGroup('What to inspect:')
  addFlag(command, '--file <path>', 'a file: a capture, hexadecimal text, or bytes; - is stdin')
  addFlag(command, '--port <number>', 'of a capture, the port of the server (default: any)', {
    parse: port,
  })
  addFlag(command, '--listen <address>', 'be a proxy at this [host:]port', { parse: parseListen })
  addFlag(command, '--to <server>', 'the server of the proxy: host:port, or mqtts://host:port')
  const version = 'the version where no CONNECT tells it: 5, 3.1.1 or 3.1 (default: a guess)'
  addFlag(command, '-V, --protocol-version <version>', version, { parse: protocolVersion })
  command.optionsGroup('How to show it:')
  addFlag(command, '--json', 'a line of JSON for each packet')
  addFlag(command, '--offsets', 'at which bytes of its packet each field is, counted from 0')
  const clip = 'how much of a payload to show (default: 256)'
  addFlag(command, '--payload-bytes <number>', clip, { parse: wholeNumber(0, 1_048_576) })
  const rate = 'how many packets of live traffic to show (default: 100 on a terminal, else all)'
  addFlag(command, '--rate <per second>', rate, { parse: realNumber(0, 1_000_000_000) })
  addFlag(command, '--secrets', 'show passwords too')
  command.optionsGroup('TLS towards the server, which mqtts:// asks for:')
  addTlsFlags(command)
  addExamples(command, [
    ['godwit inspect c0 00', 'a packet, as a log or a program has it'],
    ['godwit inspect --offsets 30 09 0005 612f622f23 00 21', 'where it is wrong, and why'],
    ['godwit inspect --file traffic.pcapng --port 1883', 'a capture of tcpdump or Wireshark'],
    ['tcpdump -i lo -w - port 1883 | godwit inspect --file -', 'while it is captured'],
    ['godwit inspect --listen 1884 --to localhost:1883', 'a proxy to put between'],
    ['godwit inspect --listen 1884 --to mqtts://example.com --json', 'to look into TLS'],
  ])
  return command.action(inspect)
}

interface InspectFlags extends TlsFlags {
  readonly file?: string
  readonly port?: number
  readonly listen?: ListenAddress
  readonly to?: string
  readonly protocolVersion?: ProtocolVersion
  readonly json?: boolean
  readonly offsets?: boolean
  readonly payloadBytes?: number
  readonly rate?: number
  readonly secrets?: boolean
}

const PAYLOAD_BYTES = 256
const SHOWN_ON_TERMINAL_MAX = 100

async function inspect(words: readonly string[], flags: InspectFlags): Promise<void> {
  const live = liveOf(words, flags)
  const surroundings = {
    tell: tellingOf(flags),
    printer: new Printer(process.stdout),
    signal: untilInterrupted(),
  }
  const { protocolVersion: version, port: serverPort } = flags
  const known = version === undefined ? {} : { version }
  if (live !== undefined) {
    const { isTty } = terminalOf(process.stdout)
    const shownMax = flags.rate ?? (isTty ? SHOWN_ON_TERMINAL_MAX : Infinity)
    const to = parseUpstream(live.to, tlsSettings(flags))
    const say = (line: string): void => void process.stderr.write(`godwit inspect: ${line}\n`)
    return runProxy({ listen: live.listen, to, shownMax, ...known }, { ...surroundings, say })
  }
  const knowledge = { ...known, ...(serverPort !== undefined && { port: serverPort }) }
  const { faulty } = await runFile(materialOf(words, flags), knowledge, surroundings)
  if (faulty > 0) process.exitCode = ExitCode.Failure
}

interface Live {
  readonly listen: ListenAddress
  readonly to: string
}

function liveOf(words: readonly string[], { listen, to, file }: InspectFlags): Live | undefined {
  if (listen === undefined && to === undefined) return undefined
  if (listen === undefined || to === undefined) {
    throw misuse('a proxy needs both ends', 'give --listen and --to')
  }
  if (words.length > 0 || file !== undefined) {
    throw misuse('a proxy inspects what comes by', 'leave out the bytes and --file')
  }
  return { listen, to }
}

function materialOf(words: readonly string[], { file }: InspectFlags): Material {
  if (words.length > 0 && file !== undefined) {
    throw misuse('there are bytes and a file', 'give one of them')
  }
  if (words.length > 0) return { hex: words.join(' ') }
  if (file !== undefined && file !== '-') return { chunks: fileChunks(file) }
  if (file === undefined && process.stdin.isTTY) {
    throw misuse('there is nothing to inspect', 'give bytes, --file, or --listen and --to')
  }
  return { chunks: process.stdin }
}

function tellingOf({ offsets, secrets, payloadBytes, json }: InspectFlags): Telling {
  const detail: Detail = {
    offsets: offsets === true,
    secrets: secrets === true,
    payloadBytes: payloadBytes ?? PAYLOAD_BYTES,
  }
  if (json === true) return tellingForPrograms(detail)
  return tellingForPeople(detail, terminalOf(process.stdout).colors)
}

const DESCRIPTION = `Shows MQTT packets with every field and property under its name in the \
specification. A malformed one is shown as far as it goes, with the bytes that are wrong, why, and \
the statement of the specification that they break; then comes the next one. The version is that \
of the CONNECT; without one it is guessed, and a guess says that it is one. The exit code is 1 if \
anything is malformed or cut off, but for a proxy.`
