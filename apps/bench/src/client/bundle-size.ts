/** What a browser has to load: a client for WebSockets, bundled and minified by esbuild. */
import { build } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** In bytes. */
export interface BundleSize {
  readonly minified: number
  readonly gzipped: number
}

/** Bundles what a page imports, a line of JavaScript. @throws {Error} what esbuild says. */
export async function bundleSize(imported: string): Promise<BundleSize> {
  const { outputFiles } = await build({
    stdin: {
      contents: imported,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`esbuild made nothing of ${imported}`)
  const { contents } = file
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length }
}
