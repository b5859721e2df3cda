/** Rights of sessions from the store, whose clients have come by no listener yet. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Action, ClientInfo } from '@godwit/broker'
import { loadConfiguration } from '../../src/configuration/loading.ts'
import { accessesOf, Doors, rememberedKeySets } from '../../src/serving/access.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

const CLIENT: ClientInfo = {
  clientId: 'c',
  username: 'ada',
  principal: 'ada',
  version: 5,
  remoteAddress: '',
}

describe('a session of which nobody knows the listener', () => {
  it.each([
    [{ type: 'will', topic: 'open/x', qos: 0, retain: false }, true],
    [{ type: 'will', topic: 'secret/x', qos: 0, retain: false }, false],
    [{ type: 'deliver', topic: 'secret/x', qos: 0, retain: false }, false],
    [{ type: 'subscribe', filter: 'secret/#', qos: 0 }, 'partly'],
  ] as const)('may do %j where every listener allows it: %s', async (action: Action, answer) => {
    await using directory = await temporaryDirectory()
    await writeFile(directory.at('acl'), 'user ada\ntopic readwrite open/#\n')
    const listeners = [
      { url: 'mqtt://127.0.0.1:0', name: 'free' },
      { url: 'mqtt://127.0.0.1:0', name: 'guest', authorization: { aclFile: 'acl' } },
    ]
    const file = directory.at('broker.json')
    await writeFile(file, JSON.stringify({ listeners, durability: 'memory' }))
    const { configuration } = await loadConfiguration({ file, env: {}, flags: {} })
    const nothing = (): void => {}
    const said = { refused: nothing, notice: nothing, undecided: nothing }
    const reports = { ...said, keySets: rememberedKeySets() }
    const { guards } = new Doors(await accessesOf(configuration, reports))
    expect(await guards.authorize?.(action, CLIENT)).toBe(answer)
    expect(await guards.authorize?.(action, { ...CLIENT, listener: 'free' })).toBe(true)
  })
})
