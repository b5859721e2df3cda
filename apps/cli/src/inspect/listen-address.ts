/** Where a proxy listens, as a flag says it. */
import { InvalidArgumentError } from 'commander'
import type { ListenAddress } from './proxy.ts'

/** Reads `1884`, `127.0.0.1:1884` or `[::1]:1884`; a port alone is one of this machine only. */
export function parseListen(text: string): ListenAddress {
  const match = /^(?:(?<host>\[[0-9a-f:.%]+\]|[^:[\]]+):)?(?<port>\d{1,5})$/i.exec(text)
  const { host = '127.0.0.1', port } = match?.groups ?? {}
  if (port === undefined || Number(port) > 65_535) {
    throw new InvalidArgumentError('It is a port, or host:port.')
  }
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) }
}
