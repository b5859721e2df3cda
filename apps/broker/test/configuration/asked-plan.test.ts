/** What a broker that is asked for a plan says, as a text. */
import { expect, it } from 'vitest'
import { askedPlan, askedPlanText } from '../../src/configuration/asked-plan.ts'

it('is one line for each change, each restart and each loss, harmless to a terminal', () => {
  const text = askedPlanText({
    changes: ['authorization.rules changes from none to [{"allow":["publish"]}]'],
    restart: ['rates.connectionsPerSecond is set to 5'],
    affected: [{ clientId: 'a"\u001b[31m\n\u009b', loses: 'its subscription to "b/#"' }],
  })
  expect(text.split('\n')).toEqual([
    'authorization.rules changes from none to [{"allow":["publish"]}]',
    'rates.connectionsPerSecond is set to 5 (takes a restart)',
    'Clients that are connected would lose:',
    '  "a"\\u001b[31m\\n\\u009b" loses its subscription to "b/#"',
    '',
  ])
})

it('may be that nothing changes, and nobody loses anything', () => {
  expect(askedPlanText({ changes: [], restart: [], affected: [] })).toBe(
    'Nothing changes.\nNo client that is connected loses anything.\n',
  )
})

it('needs a file that can be read', async () => {
  const access = { url: 'http://127.0.0.1:1' }
  await expect(askedPlan('/nowhere/a.yaml', access)).rejects.toThrow(
    /^\/nowhere\/a\.yaml: cannot be read: ENOENT/,
  )
})
