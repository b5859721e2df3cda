/*
 * Topic Names and Topic Filters of MQTT 3.1, 3.1.1 and 5.0: section 4.7, and 4.8.2 for filters of
 * Shared Subscriptions.
 */
export { matches } from './matching.ts'
export { parseSharedFilter, type SharedFilter } from './shared-filter.ts'
export { type TopicEntry, TopicIndex } from './topic-index.ts'
export { TopicTrie } from './topic-trie.ts'
export {
  isTopicFilter,
  isTopicName,
  TOPIC_BYTES_MAX,
  type TopicFault,
  topicFilterFault,
  topicNameFault,
} from './validity.ts'
