/** What can be said about the log: how much of it, and in which form. */

/** From nothing to everything. */
export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** How much the log says. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** For people, for programs, or for whom there is: people at a terminal, else programs. */
export const LOG_FORMATS = ['auto', 'pretty', 'json'] as const

/** In which form. */
export type LogFormat = (typeof LOG_FORMATS)[number]
