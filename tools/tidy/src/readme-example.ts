// The example of a README: the first `ts` block that is followed by a `text` block, which is what
// the example prints.

import { packageOf } from './imports.ts'
import type { Workspace, WorkspacePackage } from './workspace.ts'

/** A fenced block of a Markdown file. */
export interface Block {
  readonly language: string
  readonly text: string
}

/** A program and what it prints. */
export interface Example {
  readonly program: string
  readonly prints: string
}

/** The example of a Markdown text, if it has one. */
export function exampleOf(markdown: string): Example | undefined {
  const blocks = blocksOf(markdown)
  for (const [index, { language, text }] of blocks.entries()) {
    const next = blocks[index + 1]
    if (language === 'ts' && next?.language === 'text') return { program: text, prints: next.text }
  }
  return undefined
}

/** The fenced blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): readonly Block[] {
  const blocks = markdown.matchAll(/^```(\S*)[^\n]*\n([^]*?)^```[ \t]*$/gm)
  return [...blocks].map(([, language = '', text = '']) => ({ language, text }))
}

/**
 * The package in whose folder a program finds everything it imports: by its own name, or among its
 * dependencies. Serves README files that stand in no package.
 */
export function homeOf(program: string, workspace: Workspace): WorkspacePackage | undefined {
  const specifiers = [...program.matchAll(/\bfrom\s+'([^']+)'/g)].map(([, text = '']) => text)
  const wanted = specifiers.flatMap((specifier) => {
    const name = packageOf(specifier)
    return name?.startsWith('@godwit/') === true ? [name] : []
  })
  return workspace.packages.find(({ name, manifest }) =>
    wanted.every((other) => other === name || other in (manifest.dependencies ?? {})),
  )
}
