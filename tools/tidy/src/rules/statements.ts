// Statement ids: `[MQTT-x.y.z-n]` is a normative statement of MQTT 5.0, `[MQTT311-x.y.z-n]` one of
// MQTT 3.1.1 without a counterpart in 5.0. Both are looked up in statements.tsv.

import type { Violation } from '../violation.ts'
import type { Workspace } from '../workspace.ts'

const RULE = 'statements'

/** Checks every id in the files, in brackets or in a literal. */
export function statements(workspace: Workspace): readonly Violation[] {
  const table = parseStatements(workspace.files.get('tools/tidy/statements.tsv') ?? '')
  return [...workspace.files]
    .filter(([file]) => READ.test(file))
    .flatMap(([file, text]) =>
      text.split('\n').flatMap((line, index) =>
        messagesOf(line, table).map((message) => ({
          file,
          line: index + 1,
          rule: RULE,
          message,
        })),
      ),
    )
}

/** The versions of MQTT in which each id is found. */
type StatementTable = ReadonlyMap<string, readonly string[]>

const READ = /\.(?:[cm]?[jt]s|md)$/
const ID = /\bMQTT(311)?-(\d+(?:\.\d+)+-\d+)\b/g
const BRACKETED = /\[!?MQTT(?:311)?-\d[^\]]*\]/g
const ONE_ID = /^\[!?MQTT(?:311)?-\d+(?:\.\d+)+-\d+\]$/

function messagesOf(line: string, table: StatementTable): readonly string[] {
  const malformed = [...line.matchAll(BRACKETED)].filter(([text]) => !ONE_ID.test(text))
  const unknown = [...line.matchAll(ID)].flatMap(([text, old, number]) => {
    const versions = table.get(`MQTT-${number}`) ?? []
    const version = old === undefined ? '5.0' : '3.1.1'
    return versions.includes(version) ? [] : [unknownMessage(text, version, versions)]
  })
  return [
    ...malformed.map(([text]) => `Write one id in brackets, as [MQTT-1.5.4-1], not ${text}.`),
    ...unknown,
  ]
}

function unknownMessage(id: string, version: string, versions: readonly string[]): string {
  const [other] = versions
  const hint =
    other === '3.1.1'
      ? `it is of 3.1.1: write ${id.replace('MQTT', 'MQTT311')}.`
      : other === '5.0'
        ? `it is of 5.0: write ${id.replace('MQTT311', 'MQTT')}.`
        : 'look it up in statements.tsv.'
  return `MQTT ${version} has no statement ${id}: ${hint}`
}

function parseStatements(tsv: string): StatementTable {
  const rows = tsv.trimEnd().split('\n').slice(1)
  return new Map(
    rows.map((row) => {
      const [id = '', versions = ''] = row.split('\t')
      return [id, versions.split(' ')]
    }),
  )
}
