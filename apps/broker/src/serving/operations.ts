/** The ports for whoever runs the broker: figures and health, and administration. */
import { readFile } from 'node:fs/promises'
import { AdminServer, parseToken, parseTokens } from '@godwit/admin'
import type { AdminBackend, AdminToken, AnsweredEvent } from '@godwit/admin'
import { OperationsServer } from '@godwit/metrics'
import type { Health, Metrics } from '@godwit/metrics'
import type { Logger } from 'pino'
import type { AdminConfiguration, Configuration } from '../configuration/configuration.ts'
import { Port } from './port.ts'
import type { Move, OpenPort } from './port.ts'

/** What the ports show. */
export interface Shown {
  readonly metrics: Metrics
  readonly health: () => Health
  readonly backend: AdminBackend
  readonly log: Logger
}

/** The part of a configuration that is about them. */
export type Asked = Pick<Configuration, 'metrics' | 'admin'>

interface AdminPort extends OpenPort {
  readonly server: AdminServer
}

/** The ports. */
export class Operations implements AsyncDisposable {
  readonly #shown: Shown
  readonly #metrics = new Port<OpenPort>()
  readonly #admin = new Port<AdminPort>()

  constructor(shown: Shown) {
    this.#shown = shown
  }

  /** Where they are, for a banner. */
  get places(): readonly (readonly [name: string, url: string])[] {
    const [metrics, admin] = [this.#metrics.current, this.#admin.current]
    return [
      ...(metrics === undefined ? [] : [['metrics', metrics.url] as const]),
      ...(admin === undefined ? [] : [['admin', admin.url] as const]),
    ]
  }

  /** Opens what a configuration asks for. @throws {Error} a sentence, and all is as before. */
  async prepare({ metrics, admin }: Asked): Promise<Move> {
    const tokens = admin === undefined ? [] : await tokensOf(admin)
    const first = await this.#metrics.prepare(metrics?.url, (url) => this.#openMetrics(url))
    try {
      const open = (url: string): Promise<AdminPort> => this.#openAdmin(url, admin, tokens)
      const second = await this.#admin.prepare(admin?.url, open)
      return {
        commit: async () => {
          await first.commit()
          await second.commit()
          this.#admin.current?.server.replaceTokens(tokens)
        },
        cancel: async () => {
          await first.cancel()
          await second.cancel()
        },
      }
    } catch (error) {
      await first.cancel()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#metrics.close()
    await this.#admin.close()
  }

  async #openMetrics(url: string): Promise<OpenPort> {
    const { metrics, health, log } = this.#shown
    const onError = (error: unknown): void => log.error({ err: error }, 'the metrics port failed')
    const server = new OperationsServer({ ...placeOf(url), metrics, health, onError })
    return { url: await server.listen(), close: () => server.close() }
  }

  async #openAdmin(
    url: string,
    { hosts, origins }: Partial<AdminConfiguration> = {},
    tokens: readonly AdminToken[],
  ): Promise<AdminPort> {
    const { backend, log } = this.#shown
    const server = new AdminServer({
      ...placeOf(url),
      backend,
      tokens,
      ...(hosts !== undefined && { hosts }),
      ...(origins !== undefined && { origins }),
      onAnswered: (event) => logAnswer(log, event),
      onError: (error) => log.error({ err: error }, 'the admin port failed'),
    })
    return { server, url: await server.listen(), close: () => server.close() }
  }
}

/** Who changes something is written down; who looks, only for those who want to know all. */
function logAnswer(log: Logger, event: AnsweredEvent): void {
  const isChange = event.method !== 'GET' && event.method !== 'HEAD'
  if (isChange || event.status === 401) log.info(event, 'an administrator asked')
  else log.debug(event, 'an administrator asked')
}

function placeOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 80 : Number(port) }
}

async function tokensOf({ tokens, tokenFile }: AdminConfiguration): Promise<readonly AdminToken[]> {
  const own = tokens.map((token, index) => parseToken(token, `admin.tokens[${index}]`))
  if (tokenFile === undefined) return own
  return [...own, ...parseTokens(await readFile(tokenFile, 'utf8'), tokenFile)]
}
