#!/usr/bin/env node
/** `godwit-broker`: the Godwit broker on the command line. */
import { administer } from './admin-commands.ts'
import { parseCommandLine } from './command-line.ts'
import { check } from './configuration/check-order.ts'
import { plan } from './configuration/plan-order.ts'
import { lookAfterData } from './data/data-orders.ts'
import { serve } from './serve.ts'

try {
  const order = parseCommandLine(process.argv)
  if (order.type === 'serve') await serve({ env: process.env, flags: order.flags })
  else if (order.type === 'check-configuration') {
    process.exitCode = await check({ env: process.env, flags: order.flags }, order.json)
  } else if (order.type === 'plan') {
    process.exitCode = await plan({ env: process.env, flags: order.flags }, order)
  } else if (order.type === 'admin') process.exitCode = await administer(order)
  else process.exitCode = await lookAfterData(order)
} catch (error) {
  const sentence = error instanceof Error ? error.message : String(error)
  process.stderr.write(`godwit-broker: ${sentence}\n`)
  process.exitCode = 1
}
