/** The heap that filters take, each sample measured in a process that does nothing else. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { rotated } from '../interleave.ts'
import { SUBJECTS, type Subject } from './matchers.ts'

const PROBE = fileURLToPath(new URL('./heap-probe.ts', import.meta.url))
const TIMEOUT_MS = 120_000

/** Bytes per filter, for each subject round by round. */
export function heapPerFilter(size: number, rounds: number): number[][] {
  const lanes = SUBJECTS.map((subject) => {
    const samples: number[] = []
    return { subject, samples }
  })
  for (let round = 0; round < rounds; round++) {
    for (const { subject, samples } of rotated(lanes, round)) samples.push(probe(subject, size))
  }
  return lanes.map(({ samples }) => samples)
}

function probe(subject: Subject, size: number): number {
  const printed = execFileSync(
    process.execPath,
    ['--expose-gc', '--max-old-space-size=4096', PROBE, subject, String(size)],
    { encoding: 'utf8', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' },
  )
  return Number(printed)
}
