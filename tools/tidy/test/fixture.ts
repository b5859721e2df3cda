// Repositories of a few lines, and violations in a form that fits in an expectation.

import { describeViolation, type Violation } from '../src/violation.ts'
import { workspaceOf, type Workspace } from '../src/workspace.ts'

/** Violations as lines, each cut where the advice begins. */
export function found(violations: readonly Violation[]): readonly string[] {
  return violations.map((violation) =>
    describeViolation({ ...violation, message: violation.message.replace(/: .*$/, '') }),
  )
}

/** A repository of packages by name, each with its files; package.json may be left out. */
export function packages(
  contents: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Workspace {
  const files = new Map([['package.json', '{"devDependencies":{"vitest":"5"}}']])
  for (const [name, texts] of Object.entries(contents)) {
    const dir = `packages/${name.split('/').at(-1)}`
    for (const [file, text] of Object.entries({ 'package.json': '{}', ...texts })) {
      const manifest = file === 'package.json' ? { name, ...JSON.parse(text) } : undefined
      files.set(`${dir}/${file}`, manifest === undefined ? text : JSON.stringify(manifest))
    }
  }
  return workspaceOf(files)
}
