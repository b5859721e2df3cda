/** What is said of things that are not what was written. */
import { StoreError } from '@godwit/store'

/** A place in the store, and what is wrong there as part of a sentence. */
export function corruption(directory: string, place: string, what: string): StoreError {
  const advice = `stop the broker and run: godwit-broker data repair --data ${directory}`
  return new StoreError(
    'corrupt',
    `The store in ${directory} is damaged at ${place}: ${what}; ${advice}`,
  )
}
