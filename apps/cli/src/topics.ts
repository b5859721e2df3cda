/** Topics of a command line: where they come from, and whether they are any. */
import { topicFilterFault, topicNameFault } from '@godwit/topic'
import { misuse } from './exit.ts'
import { decapitalized } from './sentence.ts'

/** The Topic Name of a message: by flag, by word, or in the URL. @throws {CliError} */
export function topicName(...candidates: readonly (string | undefined)[]): string {
  const topic = candidates.find((candidate) => candidate !== undefined)
  if (topic === undefined) throw misuse('there is no topic', 'give --topic')
  const fault = topicNameFault(topic)
  if (fault === undefined) return topic
  throw misuse(`"${topic}" is no Topic Name: ${decapitalized(fault.reason)} [${fault.statement}]`)
}

/** Topic Filters, each once. @throws {CliError} for one that is none. */
export function topicFilters(filters: readonly string[]): readonly string[] {
  for (const filter of filters) {
    const fault = topicFilterFault(filter)
    if (fault === undefined) continue
    throw misuse(
      `"${filter}" is no Topic Filter: ${decapitalized(fault.reason)} [${fault.statement}]`,
    )
  }
  return [...new Set(filters)]
}
