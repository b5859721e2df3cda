// Runs one step after another and says so in one line each. What a step prints is shown only if it
// fails, or as it comes if the step is `live`.

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {readonly string[]} command the program and its arguments; runs at the root
 * @property {string} advice what to do if it fails
 * @property {NodeJS.ProcessEnv} env
 * @property {boolean} [live] shows the output as it comes
 *
 * @typedef {{ title: string, passed: boolean, output: string, advice: string }} Outcome
 * How a step ended; `output` holds both streams, and nothing for live steps.
 *
 * @typedef {'SIGINT' | 'SIGTERM' | 'SIGHUP'} Signal
 */

/** The root of the repository. */
export const ROOT = join(import.meta.dirname, '..')

/**
 * Runs a step and reports it.
 *
 * @param {Step} step
 * @returns {Promise<Outcome>}
 */
export async function runStep({ title, command, advice, env, live = false }) {
  if (live) console.log(`run   ${title}`)
  const started = Date.now()
  const stopCounter = live ? () => {} : startCounter(title, started)
  const { code, output } = await runProgram(command, { env, live })
  stopCounter()
  const passed = code === 0
  console.log(stepLine(title, passed, Date.now() - started))
  if (!passed) console.log(indent([output.trim(), advice].filter((text) => text !== '').join('\n')))
  return { title, passed, output, advice }
}

/**
 * The line that says how a step ended.
 *
 * @param {string} title
 * @param {boolean} passed
 * @param {number} durationMs
 * @returns {string}
 */
export function stepLine(title, passed, durationMs) {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`
  return `${passed ? 'ok  ' : 'FAIL'}  ${title.padEnd(30)} ${seconds.padStart(8)}`
}

/**
 * Runs a program with this terminal as its own, until it ends.
 *
 * @param {readonly string[]} command
 * @param {{ env: NodeJS.ProcessEnv, cwd: string }} options
 * @returns {Promise<number>} its exit code
 */
export async function runInTerminal([program = '', ...args], { env, cwd }) {
  const child = spawn(program, args, { env, cwd, stdio: 'inherit' })
  const { code } = await ended(child)
  return code
}

/**
 * @param {readonly string[]} command
 * @param {{ env: NodeJS.ProcessEnv, live: boolean }} options
 * @returns {Promise<{ code: number, output: string }>}
 */
async function runProgram(command, { env, live }) {
  const child = spawnTool(command, env, live ? 'inherit' : 'pipe')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (output += text))
  }
  const { code, signal, error } = await ended(child)
  if (signal !== undefined) process.exit(128 + constants.signals[signal])
  return { code, output: error === undefined ? output : `${output}${error.message}\n` }
}

/**
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {'inherit' | 'pipe'} output
 */
function spawnTool([program = '', ...args], env, output) {
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { env, cwd: ROOT, stdio: ['ignore', output, output] }
  // On Windows npx and pnpm are scripts, which only a shell runs. No argument of ours needs quotes.
  return process.platform === 'win32'
    ? spawn([program, ...args].join(' '), { ...options, shell: true })
    : spawn(program, args, options)
}

/** @type {readonly Signal[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Waits for a child, passing on the signals that come meanwhile.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<{ code: number, signal: Signal | undefined, error?: Error }>} the exit
 *   code, as a shell would say it, and the last signal passed on
 */
function ended(child) {
  return new Promise((resolve) => {
    /** @type {Signal | undefined} */
    let last
    /** @param {Signal} signal */
    const pass = (signal) => {
      last = signal
      // A terminal tells the whole group of processes, the child included.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const stopWatching = watchParent(() => pass('SIGTERM'))
    /** @param {number} code @param {Error} [error] */
    const end = (code, error) => {
      stopWatching()
      for (const signal of SIGNALS) process.off(signal, pass)
      resolve({ code, signal: last, ...(error === undefined ? {} : { error }) })
    }
    for (const signal of SIGNALS) process.on(signal, pass)
    child.on('error', (error) => end(127, error))
    child.on('close', (code, signal) => {
      end(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/**
 * Watches for the end of npm: the shell between npm and this script dies of a signal without
 * passing it on, and the broker would be left running.
 *
 * @param {() => void} onEnd
 * @returns {() => void} which stops watching
 */
function watchParent(onEnd) {
  if (process.env['npm_lifecycle_event'] === undefined) return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    onEnd()
  }, 200)
  return () => clearInterval(timer)
}

const COUNTER_AFTER_MS = 2000

/**
 * Counts the seconds of a long step, where somebody watches.
 *
 * @param {string} title
 * @param {number} started
 * @returns {() => void} which takes the counter away
 */
function startCounter(title, started) {
  if (!process.stdout.isTTY) return () => {}
  const timer = setInterval(() => {
    const elapsedMs = Date.now() - started
    if (elapsedMs < COUNTER_AFTER_MS) return
    process.stdout.write(`\r..    ${title.padEnd(30)} ${Math.floor(elapsedMs / 1000)} s`)
  }, 500)
  return () => {
    clearInterval(timer)
    if (Date.now() - started >= COUNTER_AFTER_MS) process.stdout.write('\r\u001B[K')
  }
}

/**
 * @param {string} text
 * @returns {string}
 */
function indent(text) {
  return text.replace(/^(?=.)/gm, '      ')
}
