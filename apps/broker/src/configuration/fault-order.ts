/** Faults in the order of their places, as people go through a file. */
import type { PlacedFault } from './fault.ts'

/** Those of one file by line and column; those of different places stay as they are. */
export function inOrder(faults: readonly PlacedFault[]): readonly PlacedFault[] {
  return faults.toSorted((a, b) => {
    const [one, other] = [positionOf(a.place), positionOf(b.place)]
    if (one === undefined || other === undefined || one.file !== other.file) return 0
    return one.line - other.line || one.column - other.column
  })
}

interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

function positionOf(place: string): Position | undefined {
  const [, file = '', line = '', column = '0'] = /^(.*?):(\d+)(?::(\d+))?$/.exec(place) ?? []
  return file === '' ? undefined : { file, line: Number(line), column: Number(column) }
}
