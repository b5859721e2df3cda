/** The official Python client of Prometheus, as Debian has it. */
import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Format } from '../src/index.ts'

/** What it made of one family. */
export interface ParsedFamily {
  /** Without the `_total` of a counter. */
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly ParsedSample[]
}

type ParsedSample = readonly [name: string, labels: Readonly<Record<string, string>>, value: number]

const SCRIPT = fileURLToPath(new URL('parsed-page.py', import.meta.url))

// A Python of the user's own may come first on the PATH and lack what Debian's has.
const PYTHON = ['python3', '/usr/bin/python3'].find(
  (python) => spawnSync(python, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0,
)

const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '')

/** Whether tests with it are to be skipped. Where nobody watches they run, and fail without it. */
export const skipped: boolean = PYTHON === undefined && !inCi

/** What a title says where it is not there. */
export const absence: string =
  PYTHON === undefined ? ' (the Debian package python3-prometheus-client is missing)' : ''

/** The families of a page. Rejects with what the parser has to say against it. */
export function parsed(page: string, format: Format): Promise<readonly ParsedFamily[]> {
  if (PYTHON === undefined) throw new Error(`It cannot be parsed${absence}`)
  return new Promise((resolve, reject) => {
    const child = execFile(PYTHON, [SCRIPT, format], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as readonly ParsedFamily[])
      else reject(new Error(stderr))
    })
    child.stdin?.end(page)
  })
}
