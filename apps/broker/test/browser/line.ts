/** A line to a TCP port that a test can cut and mend. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** Passes bytes on, both ways, to a port of this machine. */
export class Line implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #port: number
  #isCut = false

  private constructor(port: number) {
    this.#port = port
    this.#server = createServer((near) => {
      if (this.#isCut) near.destroy()
      else this.#join(near, connect({ host: '127.0.0.1', port: this.#port }))
    })
  }

  /** Lays a line to a port, and listens at a free one. */
  static async to(port: number): Promise<Line> {
    const line = new Line(port)
    await once(line.#server.listen(0, '127.0.0.1'), 'listening')
    return line
  }

  /** Where it is to be dialled. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** How many sockets are open at either end. */
  get openSockets(): number {
    return this.#sockets.size
  }

  /** Leads new connections to another port. */
  leadTo(port: number): void {
    this.#port = port
  }

  /** Breaks every connection without a word, and those that are tried from here on. */
  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Lets connections through again. */
  mend(): void {
    this.#isCut = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #join(near: Socket, far: Socket): void {
    this.#lead(near, far)
    this.#lead(far, near)
  }

  #lead(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => {}).pipe(to)
    from.on('close', () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
