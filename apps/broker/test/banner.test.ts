/** What the banner advises: a change where the operator has said what there is. */
import { describe, expect, it } from 'vitest'
import { adviceFor, banner } from '../src/banner.ts'
import { loadConfiguration } from '../src/configuration/loading.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('the banner', () => {
  it.each([
    ['TCP', {}, '--host 0.0.0.0 --password-file FILE opens more'],
    [
      '--anonymous',
      { host: '0.0.0.0', anonymous: true },
      '--password-file FILE in place of anonymous closes it',
    ],
    ['--dev', { dev: true }, 'a start without --dev closes it'],
  ])('of %s names flags', async (_, flags, advice) => {
    expect(await openTo({ env: {}, flags })).toContain(`without a password; ${advice}\n`)
  })

  it.each([
    ['listeners: [{ url: mqtt://127.0.0.1:1883 }]', 'yaml', 'authentication.passwordFile opens'],
    [
      'listeners: [{ url: mqtt://0.0.0.0:1883, anonymous: true }]',
      'yaml',
      'authentication.passwordFile in place of anonymous: true closes it',
    ],
    ['listener 1883 127.0.0.1\nallow_anonymous true', 'conf', 'listener 1883 with password_file'],
    ['listener 1883\nallow_anonymous true', 'conf', 'allow_anonymous false with password_file'],
  ])('of the file %j names its keys', async (text, format, advice) => {
    await using directory = await temporaryDirectory()
    const flags = { config: directory.at(`broker.${format}`) }
    const shown = await openTo({ env: {}, flags, proposal: { text: `${text}\n`, format } })
    expect(shown).toContain(advice)
    expect(shown).not.toContain('--host')
  })
})

/** Its lines. */
async function openTo(sources: Parameters<typeof loadConfiguration>[0]): Promise<string> {
  const { configuration } = await loadConfiguration(sources)
  return banner(new Map(), configuration, [], adviceFor(sources))
}
