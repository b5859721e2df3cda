#!/usr/bin/env node
/** `godwit`: MQTT on the command line. */
import { run } from './program.ts'

await run(process.argv.slice(2))
