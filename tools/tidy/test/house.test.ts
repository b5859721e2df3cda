// The house rules, over the real repository.

import { describe, expect, it } from 'vitest'
import { repositoryFiles } from '../src/repository.ts'
import { RULES } from '../src/rules/all.ts'
import { describeViolation } from '../src/violation.ts'
import { workspaceOf } from '../src/workspace.ts'

describe('the house', () => {
  const workspace = workspaceOf(repositoryFiles())

  it('is not empty', () => {
    expect(workspace.packages.map(({ name }) => name)).toContain('@godwit/codec')
    expect(workspace.sources.length).toBeGreaterThan(10)
  })

  it.each(RULES.map(({ title, check }) => [title, check] as const))('%s', (_, check) => {
    expect(check(workspace).map(describeViolation)).toEqual([])
  })
})
