// Statement ids: `[MQTT-x.y.z-n]` is a normative statement of MQTT 5.0, `[MQTT311-x.y.z-n]` one of
// MQTT 3.1.1 without a counterpart in 5.0. Both are looked up in statements.tsv.

import { parseStatements, STATEMENTS_FILE, type Statement } from '../statements/statement.ts'
import type { Violation } from '../violation.ts'
import type { Workspace } from '../workspace.ts'

const RULE = 'statements'

/** Checks every id in the files, in brackets or in a literal. */
export function statements(workspace: Workspace): readonly Violation[] {
  const table: StatementTable = new Map(
    parseStatements(workspace.files.get(STATEMENTS_FILE) ?? '').map((row) => [row.id, row]),
  )
  return [...workspace.files]
    .filter(([file]) => READ.test(file))
    .flatMap(([file, text]) =>
      text.split('\n').flatMap((line, index) =>
        messagesOf(line, table, CODE.test(file)).map((message) => ({
          file,
          line: index + 1,
          rule: RULE,
          message,
        })),
      ),
    )
}

type StatementTable = ReadonlyMap<string, Statement>

const READ = /\.(?:[cm]?[jt]s|md)$/
const CODE = /\.[cm]?[jt]s$/
const ID = /\bMQTT(?:311)?-\d+(?:\.\d+)+-\d+\b/g
const BRACKETED = /\[!?MQTT(?:311)?-\d[^\]]*\]/g
const ONE_ID = /^\[!?MQTT(?:311)?-\d+(?:\.\d+)+-\d+\]$/

function messagesOf(line: string, table: StatementTable, isCode: boolean): readonly string[] {
  const malformed = [...line.matchAll(BRACKETED)].filter(([text]) => !ONE_ID.test(text))
  return [
    ...malformed.map(([text]) => `Write one id in brackets, as [MQTT-1.5.4-1], not ${text}.`),
    ...[...line.matchAll(ID)].flatMap(([id]) => idMessages(id, table, isCode)),
  ]
}

function idMessages(id: string, table: StatementTable, isCode: boolean): readonly string[] {
  const statement = table.get(id)
  if (statement === undefined) return [unknownMessage(id, table)]
  const isNamedTwice = isCode && statement.counterparts.length > 0
  return isNamedTwice ? [`MQTT 5.0 demands the same as ${id}: ${adviceFor(statement)}`] : []
}

function unknownMessage(id: string, table: StatementTable): string {
  const [prefix, number = ''] = id.split(/-(.*)/)
  const [version, otherVersion, otherPrefix] =
    prefix === 'MQTT' ? ['5.0', '3.1.1', 'MQTT311'] : ['3.1.1', '5.0', 'MQTT']
  const other = table.get(`${otherPrefix}-${number}`)
  const hint =
    other === undefined
      ? 'look it up in statements.tsv.'
      : `it is of ${otherVersion}: ${adviceFor(other)}`
  return `MQTT ${version} has no statement ${id}: ${hint}`
}

function adviceFor({ id, counterparts }: Statement): string {
  return `write ${(counterparts.length > 0 ? counterparts : [id]).join(' or ')}.`
}
