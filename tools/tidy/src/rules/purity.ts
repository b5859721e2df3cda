// Purity: what the engines may not touch. Their time, their randomness and their bytes are given to
// them, which is what lets the tests run without a clock or a port.

import ts from 'typescript'
import { isBuiltin } from 'node:module'
import { importsOf } from '../imports.ts'
import type { Violation } from '../violation.ts'
import { lineOf, type Source, type Workspace } from '../workspace.ts'

const RULE = 'purity'

const TIMERS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
]
const AMBIENT = ['Date', 'performance', 'EventEmitter', 'Promise', 'process', 'console', 'crypto']
const PURE = { names: [...TIMERS, ...AMBIENT], random: true, waiting: true }

interface Purity {
  readonly dir: string
  /** A folder in `dir` which is free to do it all. */
  readonly except?: string
  readonly names: readonly string[]
  readonly random: boolean
  readonly waiting: boolean
}

const PURITY: readonly Purity[] = [
  { dir: 'packages/codec/src/', ...PURE },
  { dir: 'packages/topic/src/', ...PURE },
  { dir: 'packages/session/src/', ...PURE },
  {
    dir: 'packages/broker/src/',
    names: [...TIMERS, 'Date', 'performance'],
    random: false,
    waiting: false,
  },
  {
    dir: 'packages/transport/src/',
    except: 'packages/transport/src/node/',
    names: [],
    random: false,
    waiting: false,
  },
]

/** Checks the folders in the table for Node's modules, time, randomness and waiting. */
export function purity(workspace: Workspace): readonly Violation[] {
  return workspace.sources.flatMap((source) => {
    const bounds = PURITY.find(({ dir }) => source.file.startsWith(dir))
    const free = bounds?.except !== undefined && source.file.startsWith(bounds.except)
    return bounds === undefined || free ? [] : impurities(source, bounds)
  })
}

function impurities(source: Source, bounds: Purity): readonly Violation[] {
  const at = (node: ts.Node, message: string): Violation => ({
    file: source.file,
    line: lineOf(source, node),
    rule: RULE,
    message,
  })
  const modules = importsOf(source)
    .filter(({ specifier }) => isBuiltin(specifier))
    .map(({ node, specifier }) => at(node, `Do without ${specifier}: this folder is pure.`))
  const uses = source.nodes.flatMap((node) => {
    const message = impurity(node, bounds)
    return message === undefined ? [] : [at(node, message)]
  })
  return [...modules, ...uses]
}

function impurity(node: ts.Node, { names, random, waiting }: Purity): string | undefined {
  if (waiting && isWaiting(node)) return 'Do without async and await: return what is to be done.'
  const name = ambientName(node)
  if (name !== undefined && names.includes(name)) {
    return `Do without ${name}: take time, randomness and effects as arguments.`
  }
  return random && isRandom(node)
    ? 'Do without Math.random: take the value as an argument.'
    : undefined
}

function isWaiting(node: ts.Node): boolean {
  return (
    node.kind === ts.SyntaxKind.AsyncKeyword ||
    node.kind === ts.SyntaxKind.AwaitKeyword ||
    ts.isAwaitExpression(node)
  )
}

function ambientName(node: ts.Node): string | undefined {
  if (ts.isIdentifier(node)) return isMemberName(node) ? undefined : node.text
  if (!ts.isElementAccessExpression(node) || !isGlobalThis(node.expression)) return undefined
  const key = node.argumentExpression
  return ts.isStringLiteralLike(key) ? key.text : undefined
}

/** Whether an identifier names a member of something else: `packet.process`, `{ console: 1 }`. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.name === node && !isGlobalThis(parent.expression)
  }
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  const members = ts.isTypeElement(parent) || ts.isClassElement(parent)
  return (members || ts.isPropertyAssignment(parent)) && parent.name === node
}

function isRandom(node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || node.text !== 'Math' || isMemberName(node)) return false
  const { parent } = node
  return !ts.isPropertyAccessExpression(parent) || parent.name.text === 'random'
}

function isGlobalThis(node: ts.Node): boolean {
  return ts.isIdentifier(node) && node.text === 'globalThis'
}
