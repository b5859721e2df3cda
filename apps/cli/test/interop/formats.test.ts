/** What `godwit sub` prints is what mosquitto_sub prints, byte for byte. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, vi } from 'vitest'
import { startServer } from '../program/server.ts'
import { absence, skips, SUBSCRIBERS } from './peer-program.ts'

vi.setConfig({ testTimeout: 60_000 })

const [, mosquittoSub] = SUBSCRIBERS
const skipped = skips(mosquittoSub?.missing)
const missing = absence(mosquittoSub?.missing)

const JSON_PAYLOAD =
  '{"a":[{"b":1,"c":{}},[],[1,[2,{"d":null}]]],"e":true,"f":1e30,"g":"x/\\u0001é"}'

/** A message with all there is, one with nothing, and one of bytes that are no text. */
const MESSAGES = {
  full: {
    topic: 'a/topic',
    payload: Buffer.from(JSON_PAYLOAD),
    qos: 1,
    properties: {
      contentType: 'text/plain',
      userProperty: [
        ['k', 'v'],
        ['k2', 'v 2'],
      ],
      messageExpiryInterval: 77,
      payloadFormatIndicator: 1,
      responseTopic: 'r/t',
      correlationData: Buffer.from('co"rr'),
    },
  },
  short: { topic: 'a', payload: Buffer.from('hello') },
  empty: { topic: 'a/topic', payload: new Uint8Array() },
  binary: { topic: 'a/topic', payload: Uint8Array.of(1, 0, 255, 10, 13, 27, 128) },
} as const

const FORMATS: readonly (readonly string[])[] = [
  [],
  ['-v'],
  ['-N'],
  ['-N', '-v'],
  ['-F', '%t|%p|%q|%r|%l|%m|%%'],
  ['-F', '[%20t][%-20t][%.3t][%20.3t][%-20.3t][%020t]'],
  ['-F', '[%20p][%-20p][%.3p][%020p][%20.3p]'],
  ['-F', '[%x][%X][%.3x]'],
  ['-F', '[%A][%C][%D][%E][%F][%P][%R][%S]'],
  ['-F', '[%10A][%12C][%10D][%10E][%10F][%10P][%10S]'],
  ['-F', '[%-10A][%-12C][%-10E][%-10F][%-10P][%-10S][%010A][%010E][%.2C]'],
  ['-F', '[%5l][%-5l][%05l][%5m][%-5m][%05m][%.3l][%5q][%-5r][%5%]'],
  ['-F', '@Y-@m-@d @H @j @a @A @b @B @C @D @e @F @g @G @h @I @k @l @p @P @u @U @V @w @W @x @y @z'],
  ['-F', '@Z @@ @Q @n@t @E'],
  ['-F', '\\a\\e\\n\\r\\t\\v\\0\\\\'],
  ['-F', '%j'],
  ['-F', '%j', '--pretty'],
  ['-F', '%J'],
  ['-F', '%J', '--pretty'],
]

for (const version of ['5', '311']) {
  // The version matters to properties alone, and to JSON, which has them.
  const formats = FORMATS.filter((words) => version === '5' || /%C|%j$/.test(words.join(' ')))
  for (const format of formats) {
    it.skipIf(skipped)(
      `${format.join(' ')} in version ${version} prints the same${missing}`,
      async () => {
        for (const kind of kindsFor(format.join(' '))) {
          const [ours, theirs] = await printed(kind, ['-V', version, ...format])
          expect(ours).toEqual(theirs)
        }
      },
    )
  }
}

/** Without what theirs prints otherwise than its manual says, and without what is not JSON. */
function kindsFor(format: string): readonly (keyof typeof MESSAGES)[] {
  if (/%-?\d+p/.test(format)) return ['short', 'empty']
  if (format.includes('%J')) return ['full']
  return format.includes('%j') ? ['full', 'short', 'empty'] : ['full', 'empty', 'binary']
}

async function printed(
  kind: keyof typeof MESSAGES,
  flags: readonly string[],
): Promise<readonly string[]> {
  await using server = await startServer()
  const where = ['-h', '127.0.0.1', '-p', String(server.port)]
  const args = [...where, '-t', 'a/#', '-q', '1', '-C', '1', ...flags]
  const programs = SUBSCRIBERS.map((program) => program.startIn({ LC_ALL: 'C' }, ...args).input())
  try {
    await server.subscribes(2)
    await delay(0)
    server.broker.publish(MESSAGES[kind])
    await Promise.all(programs.map((program) => program.ended))
    return programs.map(({ stdoutBytes }) => withoutTime(stdoutBytes.toString('latin1')))
  } finally {
    await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()))
  }
}

/** The time of arrival is another for either. */
function withoutTime(output: string): string {
  return output.replaceAll(/("tst":\t?)"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}(Z[+-]\d{4}")/g, '$1"time$2')
}
