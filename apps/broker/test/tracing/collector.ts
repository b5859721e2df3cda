/** A collector of traces: a real HTTP server that takes OTLP as JSON. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { vi } from 'vitest'

/** A span as it came over the line. */
interface CollectedSpan {
  readonly traceId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

/** The collector. */
export interface Collector extends AsyncDisposable {
  readonly url: string
  /** How many requests came. */
  readonly requests: () => number
  /** Waits for so many spans; those that came. */
  spans(count: number): Promise<readonly CollectedSpan[]>
  /** Answers with this status from here on. */
  answer(status: number): void
}

/** Starts one. */
export async function collector(): Promise<Collector> {
  const spans: CollectedSpan[] = []
  let requests = 0
  let status = 200
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    requests++
    const fits = request.url === '/v1/traces' && request.method === 'POST'
    response.writeHead(fits ? status : 404, { 'Content-Type': 'application/json' }).end('{}')
    if (status === 200) spans.push(...spansIn(JSON.parse(body) as Exported))
  }
  const server = createServer((request, response) => {
    void take(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    spans: (count) =>
      vi.waitFor(() => {
        if (spans.length < count) throw new Error(`${spans.length} of ${count} spans have come`)
        return spans
      }),
    answer(other) {
      status = other
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & {
        readonly attributes: readonly Attribute[]
      })[]
    }[]
  }[]
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

function spansIn({ resourceSpans }: Exported): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  )
}

/** Values are objects with one key, which names their type. */
function plain(attributes: readonly Attribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
