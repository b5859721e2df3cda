/** `bench topic`: CPU time per lookup and per subscription, and heap per filter, beside qlobber. */
import { environmentWith, versionsOf } from './environment.ts'
import { interleave, type Pace } from './interleave.ts'
import { printEnvironment, printProgress } from './printing.ts'
import { type Report, type Row, rowOf, type Table } from './report.ts'
import { atMost } from './target.ts'
import { topicCases } from './topic/cases.ts'
import { heapPerFilter } from './topic/heap.ts'
import { SUBJECTS } from './topic/matchers.ts'

const HEAP_TARGET = { size: 100_000, target: atMost(300) }

/** Measures matchers of these sizes. */
export function benchTopic(pace: Pace, sizes: readonly number[]): Report {
  const environment = environmentWith(versionsOf(...SUBJECTS))
  printEnvironment(environment)
  const tables = [...sizes.map((size) => cpuTable(size, pace)), heapTable(sizes, pace.rounds)]
  printProgress('')
  return {
    benchmark: 'topic',
    environment,
    rounds: pace.rounds,
    tables,
    warnings: [],
    notes: [
      'Filters: a third exact, a third with +, a third with #. qlobber is set up as in aedes.',
      'The heap includes what a matcher keeps of the string of a filter; values are integers.',
    ],
  }
}

function cpuTable(size: number, pace: Pace): Table {
  const count = size.toLocaleString('en')
  const rows = topicCases(size).map(({ name, operations, sides, target }): Row => {
    printProgress(`${count} filters: ${name}`)
    return rowOf(name, interleave(sides, operations, pace), 'peer / ours', target)
  })
  return {
    title: `CPU per operation, ${count} filters`,
    unit: 'ns',
    subjects: SUBJECTS,
    relation: 'peer / ours',
    rows,
  }
}

function heapTable(sizes: readonly number[], rounds: number): Table {
  const rows = sizes.map((size): Row => {
    const name = `${size.toLocaleString('en')} filters`
    printProgress(`heap of ${name}`)
    const target = size === HEAP_TARGET.size ? HEAP_TARGET.target : undefined
    return rowOf(name, heapPerFilter(size, rounds), 'ours', target)
  })
  return {
    title: 'Heap per filter',
    unit: 'bytes',
    subjects: SUBJECTS,
    relation: 'ours',
    rows,
  }
}
