/**
 * A program: `node --expose-gc heap-probe.ts SUBJECT SIZE` prints the heap that a filter takes, in
 * bytes. Whatever the matcher keeps of the filter's string counts, values are small integers.
 */
import { filter } from './filters.ts'
import { newMatcher, SUBJECTS } from './matchers.ts'

const [, , name, sizeText] = process.argv
const subject = SUBJECTS.find((one) => one === name)
const size = Number(sizeText)
if (subject === undefined || !(size > 0)) throw new Error(`Say which matcher and how many filters`)

// Code and shapes that the first filters bring into being are not theirs.
fill(1_000)
const before = heapBytes()
const matcher = fill(size)
const bytes = heapBytes() - before
if (matcher.matches(filter(0)).length !== 1) throw new Error('The matcher lost a filter')
console.log(bytes / size)

function fill(count: number): ReturnType<typeof newMatcher> {
  const filling = newMatcher(subject ?? 'qlobber')
  for (let index = 0; index < count; index++) filling.add(filter(index), index)
  return filling
}

function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run with --expose-gc')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
