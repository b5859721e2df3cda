// `npm start`, `npm test`, `npm run bench` and `npm run crash`, on a machine with nothing but Node
// 20 and npm: finds or fetches Node and pnpm, installs, builds, and runs what was asked for.

import { join } from 'node:path'
import { BUILD, runChecks, summarize } from './checks.mjs'
import { ROOT, runInTerminal, runStep } from './steps.mjs'
import { findTools, placeHere } from './toolchain.mjs'

/** @typedef {import('./toolchain.mjs').Tools} Tools */

/** @type {Readonly<Record<string, (args: readonly string[]) => Promise<number>>>} */
const COMMANDS = { start, test, bench, crash, where }

const USAGE = 'Say npm start, npm test, npm run bench or npm run crash.'

const [name = '', ...rest] = process.argv.slice(2)
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
if (command === undefined) explain(new Error(USAGE))
process.exitCode = (await command?.(rest).catch(explain)) ?? 1

/**
 * Runs the broker with the arguments given, until it ends.
 *
 * @param {readonly string[]} args
 */
async function start(args) {
  const tools = await findTools()
  if (!(await install(tools)) || !(await build(tools))) return 1
  return run(tools, 'apps/broker/dist/main.js', args)
}

/** Runs every check and every test; the total is the last line, whatever happens. */
async function test() {
  const none = { passed: 0, failed: 0, skipped: [] }
  const tools = await findTools().catch(explain)
  const installed = tools !== undefined && (await install(tools))
  if (installed) return (await runChecks(tools.env)) ? 0 : 1
  summarize([{ title: 'install', passed: false, output: '', advice: 'See above.' }], none)
  return 1
}

/**
 * Runs the benchmarks, which are not compiled: they want a Node that runs TypeScript.
 *
 * @param {readonly string[]} args
 */
async function bench(args) {
  const tools = await findTools('24.0.0')
  if (!(await install(tools)) || !(await build(tools))) return 1
  return run(tools, 'apps/bench/src/main.ts', args)
}

/**
 * Kills the broker under load, and counts what it had acknowledged. Not compiled either.
 *
 * @param {readonly string[]} args
 */
async function crash(args) {
  const tools = await findTools('24.0.0')
  if (!(await install(tools)) || !(await build(tools))) return 1
  return run(tools, 'tools/crash/src/main.ts', args)
}

/** Says which Node runs this; how findTools learns what npx fetched. */
async function where() {
  console.log(JSON.stringify(placeHere()))
  return 0
}

/** @param {Tools} tools */
async function install({ env }) {
  const { passed } = await runStep({
    title: 'install',
    command: ['pnpm', 'install', '--frozen-lockfile'],
    advice: 'Check the network. If a package.json has changed, run `npx pnpm@12 install` first.',
    env,
  })
  return passed
}

/** @param {Tools} tools */
async function build({ env }) {
  const { title, run, advice } = BUILD
  const { passed } = await runStep({ title, command: ['pnpm', 'exec', ...run], advice, env })
  return passed
}

/**
 * Runs a program of ours where the user stands, so that paths among the arguments are theirs.
 *
 * @param {Tools} tools
 * @param {string} file
 * @param {readonly string[]} args
 */
function run({ node, env }, file, args) {
  return runInTerminal([node, join(ROOT, file), ...args], {
    env,
    cwd: process.env['INIT_CWD'] ?? process.cwd(),
  })
}

/** @param {unknown} error */
function explain(error) {
  console.error(error instanceof Error ? error.message : error)
}
