/** How long a program waits for its client library: `import()` in a process that has just begun. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rotated } from '../interleave.ts'

/** Imports packages in turns, round by round; returns milliseconds for each, round by round. */
export async function coldImports(
  packages: readonly string[],
  rounds: number,
  signal: AbortSignal,
): Promise<number[][]> {
  const lanes = packages.map((name) => ({ name, samples: new Array<number>() }))
  for (let round = 0; round < rounds; round++) {
    for (const { name, samples } of rotated(lanes, round)) {
      samples.push(await importMs(name, signal))
    }
  }
  return lanes.map(({ samples }) => samples)
}

/** The folder says whose node_modules are looked in. */
async function importMs(name: string, signal: AbortSignal): Promise<number> {
  const script = [
    'const from = performance.now()',
    `await import(${JSON.stringify(name)})`,
    'console.log(performance.now() - from)',
    'process.exit(0)',
  ].join('\n')
  const args = ['--input-type=module', '--eval', script]
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const { stdout } = await execute(process.execPath, args, { cwd, signal, timeout: 30_000 })
  return Number(stdout)
}

const execute = promisify(execFile)
