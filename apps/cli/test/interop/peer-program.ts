/** The programs of mosquitto beside ours: what one does with its flags, the other does too. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { godwit, godwitIn } from '../program/godwit.ts'
import { Program } from '../program/program.ts'

/** A program that takes the flags of mosquitto's. */
export interface PeerProgram {
  readonly name: string
  /** The Debian package that is not there, or undefined. */
  readonly missing: string | undefined
  start(...args: readonly string[]): Program
  startIn(environment: NodeJS.ProcessEnv, ...args: readonly string[]): Program
}

/** `godwit pub` and `mosquitto_pub`. */
export const PUBLISHERS: readonly PeerProgram[] = pair('pub', 'mosquitto_pub')
/** `godwit sub` and `mosquitto_sub`. */
export const SUBSCRIBERS: readonly PeerProgram[] = pair('sub', 'mosquitto_sub')
/** `godwit request` and `mosquitto_rr`. */
export const REQUESTERS: readonly PeerProgram[] = pair('request', 'mosquitto_rr')

/** The broker of mosquitto, where it is installed. */
export const MOSQUITTO: string | undefined = [
  '/usr/sbin/mosquitto',
  '/usr/local/sbin/mosquitto',
].find((path) => existsSync(path))

function pair(command: string, program: string): readonly PeerProgram[] {
  const missing =
    spawnSync(program, ['--help']).error === undefined ? undefined : 'mosquitto-clients'
  return [
    {
      name: `godwit ${command}`,
      missing: undefined,
      start: (...args) => godwit(command, ...args),
      startIn: (environment, ...args) => godwitIn(environment, command, ...args),
    },
    {
      name: program,
      missing,
      start: (...args) => new Program(program, args),
      startIn: (environment, ...args) => new Program(program, args, environment),
    },
  ]
}

/** Whether tests are skipped for want of a package. Where nobody watches they run, and fail. */
export function skips(missing: string | undefined): boolean {
  const inCi = !['', '0', 'false'].includes(process.env['CI'] ?? '')
  return !inCi && missing !== undefined
}

/** What a title says of a package that is missing. */
export function absence(missing: string | undefined): string {
  return missing === undefined ? '' : ` (the Debian package ${missing} is missing)`
}
