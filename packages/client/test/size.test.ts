// What a page has to load for the client: bundled and minified as its users do it, and compressed.

import { build } from 'esbuild'
import type { Metafile } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'

// The size that was reached, and 3 % more: who needs more room says so here, and why.
const GZIP_BYTES_MAX = 42_500

it('is no larger in a browser than it was made, everything of MQTT 5.0 over WebSocket', async () => {
  const { code, parts } = await bundle()
  const bytes = gzipSync(code, { level: 9 }).length
  expect(bytes, `${bytes} bytes; the largest parts, minified: ${parts}`).toBeLessThanOrEqual(
    GZIP_BYTES_MAX,
  )
})

it('needs nothing of Node there, and nothing of anybody else', async () => {
  const { files } = await bundle()
  expect(files.length).toBeGreaterThan(50)
  for (const file of files) {
    expect(file).toMatch(/^packages\/(client|codec|session|topic|transport)\/src\//)
    expect(file).not.toMatch(/\/(node|testing)\//)
  }
})

interface Bundle {
  readonly code: Uint8Array
  readonly files: readonly string[]
  readonly parts: string
}

/** Fails at an import that a browser does not have. */
async function bundle(): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { connect } from '@godwit/client'`, resolveDir: HERE },
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@godwit/source'],
    logLevel: 'error',
  })
  const inputs = inputsOf(metafile)
  return {
    code: outputFiles[0]!.contents,
    files: inputs.map(([file]) => file),
    parts: inputs
      .slice(0, 12)
      .map(([file, bytes]) => `${file.replace('packages/', '').replace('/src', '')} ${bytes}`)
      .join(', '),
  }
}

/** Every file that has a part in the bundle, with its bytes, the largest first. */
function inputsOf({ outputs }: Metafile): (readonly [file: string, bytes: number])[] {
  return Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .map(([file, { bytesInOutput }]) => [file, bytesInOutput] as const)
    .filter(([, bytes]) => bytes > 0)
    .toSorted(([, one], [, other]) => other - one)
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
