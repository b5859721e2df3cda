/** Asks a broker that runs what another configuration would change there, and for whom. */
import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { AdminClient } from '@godwit/admin'
import type { ChangeView, Proposal } from '@godwit/admin'
import { FORMATS, fileLayer, textOf } from './file-layer.ts'
import { harmless } from './wording.ts'

/** How the administration of a broker is reached. */
export interface AdminAccess {
  readonly url: string
  /** A file with the secret of a token. */
  readonly tokenFile?: string
}

/** @throws {Error} if the file cannot be read, or the broker does not answer or refuses it. */
export async function askedPlan(next: string, access: AdminAccess): Promise<ChangeView> {
  const { url, tokenFile } = access
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim()
  const client = new AdminClient({ url, ...(token !== undefined && { token }) })
  return client.plan(await proposalOf(next))
}

/** A program is run here, and what comes of it is sent. */
async function proposalOf(file: string): Promise<Proposal> {
  const format = extname(file).slice(1).toLowerCase()
  if (format === 'conf' || FORMATS.includes(format)) {
    return { text: await textOf(resolve(file), file), format }
  }
  const { tree } = await fileLayer(file, process.cwd())
  return { text: JSON.stringify(tree), format: 'json' }
}

/** The answer as a text for people. Names of clients are made harmless. */
export function askedPlanText({ changes, restart, affected }: ChangeView): string {
  const lines = [
    ...(changes.length + restart.length === 0 ? ['Nothing changes.'] : changes.map(harmless)),
    ...restart.map((change) => `${harmless(change)} (takes a restart)`),
    ...(affected.length === 0
      ? ['No client that is connected loses anything.']
      : ['Clients that are connected would lose:']),
    ...affected.map(({ clientId, loses }) => `  "${harmless(clientId)}" loses ${harmless(loses)}`),
  ]
  return lines.map((line) => `${line}\n`).join('')
}
