// Finds Node and pnpm: those on the PATH if they are new enough, else what npx fetches. Runs on
// Node 20 with nothing installed.

import { spawnSync } from 'node:child_process'
import { ROOT, runStep } from './steps.mjs'

/**
 * @typedef {{ node: string, path: string, version: string }} Place
 * Where a Node is: its program, the PATH on which its pnpm is found, and its version.
 * @typedef {{ node: string, env: NodeJS.ProcessEnv }} Tools
 * What the other steps run with.
 */

// The oldest versions that build and test the project.
const NODE_MIN = '22.12.0'
const PNPM_MIN = '12.0.0'

const NODE_FETCHED = 'node@24'
const PNPM_FETCHED = 'pnpm@12'

/**
 * Finds the tools, fetching what is missing or too old.
 *
 * @param {string} nodeMin
 * @returns {Promise<Tools>}
 * @throws {Error} which says what to install, if they cannot be fetched
 */
export async function findTools(nodeMin = NODE_MIN) {
  const env = cleanEnvironment(process.env)
  const here = placeHere()
  const missing = packagesToFetch(here.version, pnpmVersion(env), nodeMin)
  const place = missing.length === 0 ? here : await fetchTools(missing, env, nodeMin)
  return { node: place.node, env: { ...env, [pathKey(env)]: place.path } }
}

/**
 * The Node that runs this very script.
 *
 * @returns {Place}
 */
export function placeHere() {
  const path = process.env[pathKey(process.env)] ?? ''
  return { node: process.execPath, path, version: process.versions.node }
}

/**
 * The packages which npx must bring, given the versions at hand.
 *
 * @param {string} node
 * @param {string | undefined} pnpm undefined if there is none
 * @param {string} nodeMin
 * @returns {readonly string[]}
 */
export function packagesToFetch(node, pnpm, nodeMin = NODE_MIN) {
  return [
    ...(isAtLeast(node, nodeMin) ? [] : [NODE_FETCHED]),
    ...(pnpm !== undefined && isAtLeast(pnpm, PNPM_MIN) ? [] : [PNPM_FETCHED]),
  ]
}

/**
 * Compares versions of the form `major.minor.patch`, with or without a leading `v`.
 *
 * @param {string} version
 * @param {string} minimum
 * @returns {boolean}
 */
export function isAtLeast(version, minimum) {
  const [have, want] = [numbersOf(version), numbersOf(minimum)]
  const index = have.findIndex((number, i) => number !== want[i])
  return index === -1 || (have[index] ?? 0) > (want[index] ?? 0)
}

/**
 * An environment without what `npm run` put there, which pnpm would take for its own settings. The
 * settings that lead to the registry stay.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(env) {
  const kept = Object.entries(env).filter(([name]) => !FROM_NPM.test(name) || NETWORK.test(name))
  return { ...Object.fromEntries(kept), ...QUIET }
}

const FROM_NPM = /^npm_|^NODE$/i
const NETWORK =
  /^npm_config_(?:registry|https?_proxy|proxy|no_?proxy|ca|cafile|strict_ssl|cache|userconfig)$/i
const QUIET = {
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
}

/**
 * @param {string} version
 * @returns {readonly number[]}
 */
function numbersOf(version) {
  return version
    .replace(/^v/, '')
    .split(/[.+-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10) || 0)
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string}
 */
function pathKey(env) {
  // Windows writes it Path, and a copy of the environment tells the two apart.
  return Object.keys(env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string | undefined}
 */
function pnpmVersion(env) {
  const pnpm = spawnSync('pnpm --version', { env, cwd: ROOT, encoding: 'utf8', shell: true })
  return pnpm.status === 0 ? pnpm.stdout.trim() : undefined
}

/**
 * @param {readonly string[]} packages
 * @param {NodeJS.ProcessEnv} env
 * @param {string} nodeMin
 * @returns {Promise<Place>}
 */
async function fetchTools(packages, env, nodeMin) {
  const options = packages.flatMap((name) => ['-p', name])
  const fetched = await runStep({
    title: `fetch ${packages.join(' and ')}`,
    command: ['npx', '-y', ...options, '--', 'node', 'scripts/godwit.mjs', 'where'],
    advice: '',
    env,
  })
  const place = fetched.passed ? parsePlace(fetched.output) : undefined
  if (place !== undefined && isAtLeast(place.version, nodeMin)) return place
  throw new Error(whatToInstall(packages, nodeMin))
}

/**
 * @param {string} output
 * @returns {Place | undefined}
 */
function parsePlace(output) {
  // npm may warn before or after, on lines of its own.
  const line = output.split('\n').find((text) => text.startsWith('{"node":'))
  return line === undefined ? undefined : JSON.parse(line)
}

/**
 * What to do where npx cannot bring the packages.
 *
 * @param {readonly string[]} packages
 * @param {string} nodeMin
 * @returns {string}
 */
export function whatToInstall(packages, nodeMin = NODE_MIN) {
  const [major, minor] = nodeMin.split('.')
  const node = `Node 24 (or any from ${major}.${minor} on)`
  if (!packages.includes(NODE_FETCHED)) {
    return 'Install pnpm 12, for example with `npm install --global pnpm@12`, and try again.'
  }
  return packages.includes(PNPM_FETCHED)
    ? `Install ${node}, and try again; pnpm 12 is fetched with its help.`
    : `Install ${node}, and try again.`
}
