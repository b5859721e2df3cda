/** The one way to build a package of this workspace: ESM, types, source maps, nothing bundled. */
import type { Options } from 'tsup'

export function packageBuild(entry: readonly string[], platform: 'neutral' | 'node'): Options {
  return {
    entry: [...entry],
    format: 'esm',
    target: 'es2023',
    platform,
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    // A package for all hosts may have a subpath for Node alone.
    external: [/^node:/],
    removeNodeProtocol: false,
    silent: true,
  }
}
