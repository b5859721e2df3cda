/** Where the broker keeps things if nobody says where: the folder for state of this system. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What the place depends on. */
export interface Surroundings {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder of the user; empty if there is none. */
  readonly home: string
}

/**
 * The directory for what is kept, whether or not it exists. @throws {Error} if the user has no
 * folder that it could be in.
 */
export function defaultDataDirectory(surroundings: Surroundings = here()): string {
  const folder = stateFolder(surroundings)
  if (folder !== undefined) return join(folder, 'godwit-broker')
  throw new Error(
    'There is no home directory to keep data in: say where with --data DIRECTORY, ' +
      'or keep nothing with --durability memory',
  )
}

/** What the default is, for a text that holds on every system. */
export const DEFAULT_DIRECTORY = 'godwit-broker in the folder for state of this user'

function here(): Surroundings {
  return { platform: process.platform, env: process.env, home: homeOf() }
}

function stateFolder({ platform, env, home }: Surroundings): string | undefined {
  if (platform === 'win32') return named(env['LOCALAPPDATA']) ?? inHome(home, 'AppData', 'Local')
  if (platform === 'darwin') return inHome(home, 'Library', 'Application Support')
  // The specification of these folders says that a relative path is to be ignored.
  const state = named(env['XDG_STATE_HOME'])
  return state?.startsWith('/') === true ? state : inHome(home, '.local', 'state')
}

function inHome(home: string, ...path: readonly string[]): string | undefined {
  return named(home) === undefined ? undefined : join(home, ...path)
}

function named(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

/** A user that the system does not know has none, which Node reports by throwing. */
function homeOf(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}
