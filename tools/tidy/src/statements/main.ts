// Writes `docs/statements.md` anew.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY, repositoryFiles } from '../repository.ts'
import { workspaceOf } from '../workspace.ts'
import { coverageOf } from './coverage.ts'
import { DOCUMENT_FILE, documentOf } from './document.ts'

const coverage = coverageOf(workspaceOf(repositoryFiles()))
writeFileSync(join(REPOSITORY, DOCUMENT_FILE), documentOf(coverage))
console.log(`${DOCUMENT_FILE} is written.`)
