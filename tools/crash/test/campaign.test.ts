/** The campaign itself, short: a broker that keeps things, and one that does not. */
import { rm } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { runCampaign } from '../src/campaign.ts'
import type { CampaignResult } from '../src/campaign.ts'
import { sourcesOrBuilt } from './broker-under-test.ts'

const TIMEOUT_MS = 90_000

it('a broker that keeps what it acknowledged survives', { timeout: TIMEOUT_MS }, async () => {
  const { isClean, rounds, lines } = await campaign('fsync', 3)
  expect(lines.join('\n')).toContain('no violations')
  expect(isClean).toBe(true)
  expect(rounds).toHaveLength(3)
  expect(rounds.every(({ history }) => history.blows.length > 0)).toBe(true)
  expect(rounds.every(({ verdict }) => verdict.delivered > 0)).toBe(true)
})

it('a broker that keeps nothing is found out', { timeout: TIMEOUT_MS }, async () => {
  const { isClean, rounds } = await campaign('memory', 1)
  expect(isClean).toBe(false)
  const kinds = new Set(rounds[0]!.verdict.violations.map(({ kind }) => kind))
  expect([...kinds]).toEqual(expect.arrayContaining(['lost', 'session', 'will']))
})

async function campaign(
  durability: 'fsync' | 'memory',
  rounds: number,
): Promise<CampaignResult & { readonly lines: readonly string[] }> {
  const lines: string[] = []
  const keeps = durability === 'fsync'
  const result = await runCampaign({
    rounds,
    seed: SEED,
    template: sourcesOrBuilt(durability),
    severity: { strikesMax: keeps ? 2 : 1, strikeMsMax: 500, calmMs: 200 },
    patience: { idleMs: 300, giveUpMs: keeps ? 8_000 : 1_000, limitMs: 20_000 },
    keep: false,
    print: (line) => void lines.push(line),
  })
  await Promise.all(result.kept.map((directory) => rm(directory, { recursive: true })))
  return { ...result, lines }
}

const SEED = 1883
