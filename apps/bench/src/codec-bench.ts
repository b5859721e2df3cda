/** `bench codec`: CPU time per Control Packet, beside mqtt-packet. */
import { SUBJECTS } from './codec/comparison.ts'
import { codecCases } from './codec/cases.ts'
import { environmentWith, versionsOf } from './environment.ts'
import { interleave, type Pace } from './interleave.ts'
import { printEnvironment, printProgress } from './printing.ts'
import { type Report, type Row, rowOf } from './report.ts'

/** Measures every case in turn. */
export function benchCodec(pace: Pace): Report {
  const environment = environmentWith(versionsOf(...SUBJECTS))
  printEnvironment(environment)
  const rows: Row[] = codecCases().map(({ name, operations, sides, target }) => {
    printProgress(name)
    return rowOf(name, interleave(sides(), operations, pace), 'peer / ours', target)
  })
  printProgress('')
  return {
    benchmark: 'codec',
    environment,
    rounds: pace.rounds,
    warnings: [],
    tables: [
      { title: 'CPU per packet', unit: 'ns', subjects: SUBJECTS, relation: 'peer / ours', rows },
    ],
    notes: [
      'Topic, payload and, in 5.0, properties of every decoded PUBLISH are read.',
      'A rich PUBLISH is 5.0, QoS 1, with a payload of 64 bytes and three user properties.',
      'Chunks have 64 KiB; elsewhere each packet comes in a chunk of its own.',
      'Packets come from a set of 64; where all are new, from one of 65,536.',
    ],
  }
}
