/** `@godwit/metrics`: what a broker does, for Prometheus, and whether it is well. */
export type { Format, Page } from './exposition.ts'
export type { Health } from './health.ts'
export { Metrics } from './metrics.ts'
export type { MetricsOptions } from './metrics.ts'
export { OperationsServer } from './operations-server.ts'
export type { MetricsPage, OperationsServerOptions } from './operations-server.ts'
