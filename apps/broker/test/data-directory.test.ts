/** Where the broker keeps things if nobody says where. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultDataDirectory } from '../src/data-directory.ts'

const home = join('/', 'h')

describe('the default directory', () => {
  it.each<[NodeJS.Platform, Record<string, string>, string]>([
    ['linux', {}, join(home, '.local', 'state', 'godwit-broker')],
    ['freebsd', {}, join(home, '.local', 'state', 'godwit-broker')],
    ['linux', { XDG_STATE_HOME: '/s' }, join('/s', 'godwit-broker')],
    ['linux', { XDG_STATE_HOME: 's' }, join(home, '.local', 'state', 'godwit-broker')],
    ['darwin', {}, join(home, 'Library', 'Application Support', 'godwit-broker')],
    ['win32', { LOCALAPPDATA: 'l' }, join('l', 'godwit-broker')],
    ['win32', { LOCALAPPDATA: '' }, join(home, 'AppData', 'Local', 'godwit-broker')],
  ])('on %s with %j is in the folder for state', (platform, env, directory) => {
    expect(defaultDataDirectory({ platform, env, home })).toBe(directory)
  })

  it('is not there for a user without a home, who is told what to do', () => {
    expect(() => defaultDataDirectory({ platform: 'linux', env: {}, home: '' })).toThrow(
      'There is no home directory to keep data in: say where with --data DIRECTORY, ' +
        'or keep nothing with --durability memory',
    )
  })
})
