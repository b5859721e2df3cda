// Runs the example of a README as a reader would: as a file in the package, which finds the package
// by its own name, through its `exports`, in `dist`.

import { execFile } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program said and how it ended; `code` is null if it was ended for taking too long. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

/**
 * Runs a TypeScript program in `dist` of a package, which git, the linters and the house rules pass
 * over. The file is removed in every case.
 *
 * @throws Error if the package is not built
 */
export async function runInPackage(
  folder: string,
  program: string,
  timeoutMs: number,
): Promise<Outcome> {
  const dist = join(folder, 'dist')
  if (!existsSync(dist)) throw new Error(`${dist} is missing: run npm test, which builds first.`)
  const file = join(dist, `readme-example-${process.pid}.ts`)
  try {
    writeFileSync(file, program)
    return await run([...STRIPPING, '--disable-warning=ExperimentalWarning', file], timeoutMs)
  } finally {
    rmSync(file, { force: true })
  }
}

// Node strips types without being told from 22.18 on; before, it knows the flag.
const STRIPPING: readonly string[] =
  process.features.typescript === false ? ['--experimental-strip-types'] : []

function run(args: readonly string[], timeoutMs: number): Promise<Outcome> {
  // The conditions of the test run would lead the program to the sources.
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      args,
      { env, timeout: timeoutMs, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const code = typeof error?.code === 'number' ? error.code : null
        resolve({ stdout, stderr, code: error === null ? 0 : code })
      },
    )
  })
}
