/** A server on the web, for the tests of those who ask one. */
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request, whole. */
export interface Asked {
  readonly method: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Answers with a status and a text. */
export type Answering = (asked: Asked, response: ServerResponse) => void

/** A server on a port of its own, closed with all its connections when it is disposed of. */
export class WebServer implements AsyncDisposable {
  readonly asked: Asked[] = []
  readonly url: string
  readonly #server: Server

  private constructor(server: Server, asked: Asked[]) {
    const { port } = server.address() as AddressInfo
    this.url = `http://127.0.0.1:${port}/`
    this.#server = server
    this.asked = asked
  }

  static async open(answer: Answering): Promise<WebServer> {
    const asked: Asked[] = []
    const server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, headers } = request
        const one = { method, headers, body: Buffer.concat(chunks).toString() }
        asked.push(one)
        answer(one, response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new WebServer(server, asked)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Answers everything with this JSON, or this text. */
export function saying(answer: unknown, status = 200): Answering {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  return (_, response) => response.writeHead(status).end(text)
}
