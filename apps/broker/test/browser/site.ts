/** A web site on localhost that serves one page with the client on it, and a worker likewise. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A site that is up. */
export interface Site extends AsyncDisposable {
  readonly url: string
}

/** Bundles the page and serves it at a free port. */
export async function startSite(): Promise<Site> {
  const files = new Map([
    ['/', { type: 'text/html', body: PAGE }],
    ['/godwit.js', { type: 'text/javascript', body: await bundle('page-program.ts') }],
    ['/worker.js', { type: 'text/javascript', body: WORKER }],
  ])
  const server = createServer(({ url = '' }, response) => {
    const file = files.get(url)
    response.writeHead(file ? 200 : 404, { 'Content-Type': file?.type ?? 'text/plain' })
    response.end(file?.body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Godwit</title>
<script src="/godwit.js"></script>
`

const WORKER = `
importScripts('/godwit.js')
onmessage = async ({ data: [name, ...args] }) => {
  const named = godwit[name]
  postMessage(typeof named === 'function' ? await named(...args) : named)
}
`

async function bundle(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(file, import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'godwit',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@godwit/source'],
    logLevel: 'error',
  })
  return outputFiles.map(({ text }) => text).join('')
}
