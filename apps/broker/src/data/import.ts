/**
 * Fills an empty store. While that goes on the store has a mark, and if it does not come to its end
 * the store is emptied again; after a crash the mark is still there, and no broker opens it.
 */
import type { Engine } from '@godwit/store'
import { empty, isEmpty } from './emptying.ts'
import { ImportBatch } from './import-batch.ts'
import type { Located } from './import-items.ts'
import { importIsUnfinished, MARK, UNMARK } from './import-mark.ts'
import { ImportedMessages } from './imported-messages.ts'
import { ImportedSessions } from './imported-sessions.ts'
import { LineFault } from './line-fields.ts'

/** How much was imported. */
export interface ImportFigures {
  readonly sessions: number
  readonly subscriptions: number
  readonly retained: number
  /** Those that somebody waits for, or is being sent. */
  readonly messages: number
}

/**
 * Imports all of it, or nothing. @throws {Error} a sentence that says where the fault is; whatever
 * `items` throws; {StoreError}.
 */
export async function importItems(
  engine: Engine,
  items: AsyncIterable<Located>,
): Promise<ImportFigures> {
  const isUnfinished = await importIsUnfinished(engine)
  if (!isUnfinished && !(await isEmpty(engine))) {
    throw new Error(NOT_EMPTY)
  }
  await engine.commit([{ records: [MARK] }])
  if (isUnfinished) await empty(engine)
  try {
    const figures = await fill(engine, items)
    await engine.commit([{ records: [UNMARK] }])
    return figures
  } catch (error) {
    await empty(engine)
    await engine.commit([{ records: [UNMARK] }])
    throw error
  }
}

const NOT_EMPTY =
  'The store has something in it, and an import fills an empty one only: ' +
  'name another directory with --data'

async function fill(engine: Engine, items: AsyncIterable<Located>): Promise<ImportFigures> {
  const batch = await ImportBatch.behindAll(engine)
  const sessions = await ImportedSessions.of(engine, batch)
  const messages = new ImportedMessages(batch, sessions)
  let where = ''
  for await (const located of items) {
    where = located.where
    await at(where, () => take(located, sessions, messages))
  }
  await at(where, () => messages.finish())
  await sessions.finish()
  await batch.commit()
  return {
    sessions: sessions.size,
    subscriptions: sessions.subscriptions,
    retained: messages.retained,
    messages: messages.size,
  }
}

async function take(
  { item }: Located,
  sessions: ImportedSessions,
  messages: ImportedMessages,
): Promise<void> {
  switch (item.type) {
    case 'session':
      return sessions.add(item.session)
    case 'subscription':
      return sessions.subscribe(item)
    case 'queued':
      return sessions.queue(item)
    case 'retained':
      return messages.retain(item.message)
    case 'message':
      return messages.take(item.id, item.message)
  }
}

/** Says where a fault is. What the store throws is none of the file. */
async function at(where: string, step: () => Promise<void> | void): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (error instanceof LineFault || (error instanceof Error && error.name === 'MqttError')) {
      throw new Error(`${where}: ${error.message}`, { cause: error })
    }
    throw error
  }
}
