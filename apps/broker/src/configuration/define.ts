/** `@godwit/broker-cli`: for configurations that are written as TypeScript. */
import type { ConfigurationInput } from './input.ts'

/**
 * Returns a configuration as it is, and lets editors know what may stand in it. A file
 * `godwit.config.ts` exports it by default.
 */
export function defineConfig(configuration: ConfigurationInput): ConfigurationInput {
  return configuration
}
