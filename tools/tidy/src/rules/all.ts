// Every house rule, by the sentence under which the tests report it.

import type { Violation } from '../violation.ts'
import type { Workspace } from '../workspace.ts'
import { coverage } from './coverage.ts'
import { documentation } from './documentation.ts'
import { importGraph } from './import-graph.ts'
import { leftovers } from './leftovers.ts'
import { manifests } from './manifests.ts'
import { naming } from './naming.ts'
import { purity } from './purity.ts'
import { size } from './size.ts'
import { statements } from './statements.ts'
import { trust } from './trust.ts'

/** A house rule: a sentence that holds, and the function that finds where it does not. */
export interface Rule {
  readonly title: string
  readonly check: (workspace: Workspace) => readonly Violation[]
}

/** The rules, in the order in which they are reported. */
export const RULES: readonly Rule[] = [
  { title: 'packages import only what the table allows, and declare it', check: importGraph },
  { title: 'engines touch no time, no I/O and no chance', check: purity },
  { title: 'files and exports are named', check: naming },
  { title: 'files, functions and lines keep their size', check: size },
  { title: 'the type checker is trusted', check: trust },
  { title: 'files and exports are documented', check: documentation },
  { title: 'statement ids exist in the specification', check: statements },
  { title: 'statements have a test or a reason, and are in the document', check: coverage },
  { title: 'published packages are complete', check: manifests },
  { title: 'nothing unfinished and no machine is named', check: leftovers },
]
