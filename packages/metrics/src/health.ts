/** Whether a broker is well, for those who start it again and those who send clients to it. */

/** How it is. */
export interface Health {
  /** `restoring` until it has read its store and listens; `closing` from the first signal on. */
  readonly phase: 'restoring' | 'running' | 'closing'
  /** The store has failed: nothing is acknowledged any more. */
  readonly storeHasFailed: boolean
  /** It is so loaded that it lets no client in. */
  readonly refusesClients: boolean
}

/** Why the process had better be started again; nothing if it lives. */
export function ailments({ storeHasFailed }: Health): readonly string[] {
  return storeHasFailed ? ['The store has failed: nothing is acknowledged any more.'] : []
}

/** Why it is no place for clients; nothing if it is ready. */
export function hindrances(health: Health): readonly string[] {
  const { phase, refusesClients } = health
  return [
    ...ailments(health),
    ...(phase === 'restoring' ? ['It is starting: it reads its store.'] : []),
    ...(phase === 'closing' ? ['It is shutting down.'] : []),
    ...(refusesClients ? ['It is overloaded: it lets no client in.'] : []),
  ]
}
