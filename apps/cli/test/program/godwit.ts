/** The built program as its own process, which is how its users have it. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Program } from './program.ts'
import type { Outcome } from './program.ts'

/** The file that is run. */
export const MAIN: string = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** `godwit` with these arguments, whose input is still open. */
export function godwit(...args: readonly string[]): Program {
  return new Program(process.execPath, [existing(MAIN), ...args])
}

/** The same in an environment. */
export function godwitIn(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Program {
  return new Program(process.execPath, [existing(MAIN), ...args], environment)
}

/** What `godwit` printed without input, and how it ended by itself. */
export async function run(...args: readonly string[]): Promise<Outcome> {
  await using program = godwit(...args).input()
  return await program.outcome()
}

function existing(file: string): string {
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm test, which builds first`)
  return file
}
