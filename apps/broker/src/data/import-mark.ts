/**
 * The mark of an import that has begun. It is the first that is written and the last that is taken
 * away, so a store that has it is half filled: no broker opens it.
 */
import type { Engine, RecordOp } from '@godwit/store'

const KEY = 'import'

/** The record that marks a store. */
export const MARK: RecordOp = { table: 'settings', key: KEY, value: new Uint8Array([1]) }

/** The record that takes the mark away. */
export const UNMARK: RecordOp = { table: 'settings', key: KEY, value: null }

/** Whether an import into this store was broken off. @throws {StoreError} */
export async function importIsUnfinished({ records }: Pick<Engine, 'records'>): Promise<boolean> {
  return (await records.get('settings', KEY)) !== undefined
}
