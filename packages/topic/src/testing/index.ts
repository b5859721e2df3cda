/*
 * For tests of this package and of whatever else decides which filters match: a matcher that is
 * plainly right, and fast-check arbitraries of section 4.7. Needs fast-check 4.
 */
export { sharedFilters, topicFilters, topicLevels, topicNames } from './arbitraries.ts'
export { naiveMatches } from './naive-matches.ts'
