/** Configurations in YAML that can be used. */

export interface Good {
  readonly what: string
  readonly text: string
}

export const GOOD: readonly Good[] = [
  { what: 'a listener for this machine', text: 'listeners: [{ url: mqtt://127.0.0.1:1883 }]\n' },
  {
    what: 'a home behind a password',
    text: `
$schema: ./configuration.schema.json
listeners:
  - url: mqtt://0.0.0.0:1883
  - url: ws://0.0.0.0:8083
    origins: ['https://home.example']
authentication: { passwordFile: passwords.txt }
authorization: { aclFile: acl.txt }
`,
  },
  {
    what: 'devices with certificates, and people with tokens',
    text: `
listeners:
  - name: devices
    url: mqtts://[::]:8883
    tls:
      certificate: server.crt
      key: server.key
      clientCa: devices.crt
      revocations: devices.crl
      minVersion: TLSv1.3
      serverNames: [{ name: other.example, certificate: other.crt, key: other.key }]
    versions: [3.1.1, 5.0]
    authentication: { certificate: { username: dns } }
    limits: { packetBytesMax: 64 KiB }
    capabilities: { maximumQoS: 1 }
    connectionsMax: 1000
  - name: people
    url: wss://0.0.0.0:443/mqtt
    tls: { certificate: server.crt, key: server.key }
    trustedProxies: [10.0.0.0/8, 'fd00::/8']
    authentication:
      jwt: { jwksUrl: 'https://login.example/jwks', issuer: [login], algorithms: [ES256] }
  - url: mqtt+unix:///run/godwit.sock
    mode: '600'
  - url: mqtt://127.0.0.1:0
    proxyProtocol: { from: [127.0.0.1] }
authorization:
  rules:
    - { deny: [publish], topics: ['$SYS/#'] }
    - { allow: [publish, subscribe], topics: ['devices/%c/#'], qos: [0, 1], retain: false }
    - { allow: [subscribe], topics: ['#'], users: [ann], addresses: [10.0.0.0/8], anonymous: false }
  otherwise: deny
`,
  },
  {
    what: 'all that is about the whole broker',
    text: `
limits: { sessionExpirySecondsMax: 7 d, connectTimeoutMs: 5000, logBytesMax: 1.5 GB }
rates:
  clientMessagesPerSecond: 1000
  clientBytesPerSecond: 1 MiB
  banAfterFailedLogins: { count: 100, withinSeconds: 1 min, forSeconds: 1 h }
  exempt: [10.0.0.1]
capabilities: { retainAvailable: false, sharedSubscriptionAvailable: false }
backlogPolicy: refuse
shareStrategy: sticky
durability: os
data: /var/lib/godwit
log: { level: debug, format: json }
metrics: { url: 'http://127.0.0.1:9090' }
admin:
  url: http://127.0.0.1:8081
  tokens: ['deploy:write:0123456789abcdef0123456789abcdef']
  origins: ['https://ops.example']
tracing: { otlpUrl: 'http://127.0.0.1:4318/v1/traces', sampleRatio: 0.5 }
sys: { everySeconds: 0 }
stop: { reason: use-another-server, serverReference: 'other.example:1883', timeoutMs: 10 s }
`,
  },
]
