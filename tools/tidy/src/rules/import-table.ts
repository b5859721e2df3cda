// Who may import whom, as data. A new package starts with a line here.

/** For each workspace package, the workspace packages it may import or depend on in any way. */
export const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['@godwit/codec', []],
  ['@godwit/topic', []],
  ['@godwit/session', ['@godwit/codec']],
  ['@godwit/store', ['@godwit/codec']],
  ['@godwit/store-lmdb', ['@godwit/store']],
  ['@godwit/transport', []],
  ['@godwit/transport-ws', ['@godwit/transport']],
  [
    '@godwit/broker',
    ['@godwit/codec', '@godwit/topic', '@godwit/session', '@godwit/store', '@godwit/transport'],
  ],
  ['@godwit/client', ['@godwit/codec', '@godwit/topic', '@godwit/session', '@godwit/transport']],
  ['@godwit/auth', ['@godwit/broker', '@godwit/codec', '@godwit/topic', '@godwit/transport']],
  ['@godwit/metrics', ['@godwit/broker', '@godwit/transport']],
  ['@godwit/admin', ['@godwit/broker', '@godwit/codec', '@godwit/topic', '@godwit/transport']],
  [
    '@godwit/broker-cli',
    [
      '@godwit/admin',
      '@godwit/auth',
      '@godwit/broker',
      '@godwit/client',
      '@godwit/codec',
      '@godwit/metrics',
      '@godwit/store',
      '@godwit/store-lmdb',
      '@godwit/topic',
      '@godwit/transport',
      '@godwit/transport-ws',
    ],
  ],
  [
    '@godwit/testing',
    [
      '@godwit/broker',
      '@godwit/client',
      '@godwit/codec',
      '@godwit/session',
      '@godwit/topic',
      '@godwit/transport',
    ],
  ],
  [
    '@godwit/cli',
    [
      '@godwit/admin',
      '@godwit/auth',
      '@godwit/broker',
      '@godwit/client',
      '@godwit/codec',
      '@godwit/topic',
      '@godwit/transport',
    ],
  ],
  ['@godwit/examples', ['@godwit/broker', '@godwit/client', '@godwit/codec', '@godwit/transport']],
  [
    '@godwit/bench',
    ['@godwit/broker-cli', '@godwit/client', '@godwit/codec', '@godwit/topic', '@godwit/transport'],
  ],
  ['@godwit/crash', ['@godwit/broker-cli', '@godwit/codec']],
  ['@godwit/tidy', []],
])

/** Packages whose users install nothing but Godwit: third-party code only in `src/testing/`. */
export const WITHOUT_THIRD_PARTIES: readonly string[] = [
  '@godwit/codec',
  '@godwit/topic',
  '@godwit/session',
  '@godwit/client',
  '@godwit/transport',
]

/** Relative imports that may cross a package's border, by the start of either path. */
export const CROSSINGS: readonly { readonly from: string; readonly to: string }[] = [
  { from: 'tools/tidy/test/', to: 'scripts/' },
]
