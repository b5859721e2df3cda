#!/usr/bin/env node
/** `godwit-broker`: the Godwit broker on the command line. */
import { parseCommandLine } from './command-line.ts'
import { lookAfterData } from './data/data-orders.ts'
import { serve } from './serve.ts'

try {
  const order = parseCommandLine(process.argv)
  if (order.type === 'serve') await serve(order.settings)
  else process.exitCode = await lookAfterData(order)
} catch (error) {
  const sentence = error instanceof Error ? error.message : String(error)
  process.stderr.write(`godwit-broker: ${sentence}\n`)
  process.exitCode = 1
}
