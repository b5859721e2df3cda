#!/usr/bin/env node
/** `godwit-broker`: the Godwit broker on the command line. */
import { parseCommandLine } from './command-line.ts'
import { serve } from './serve.ts'

const settings = parseCommandLine(process.argv)

try {
  await serve(settings)
} catch (error) {
  const sentence = error instanceof Error ? error.message : String(error)
  process.stderr.write(`godwit-broker: ${sentence}\n`)
  process.exitCode = 1
}
