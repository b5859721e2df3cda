/** `@godwit/broker-cli`: what a configuration in TypeScript imports. The broker is `main.ts`. */
export { defineConfig } from './configuration/define.ts'
export type {
  AdminInput,
  AuthenticationInput,
  AuthorizationInput,
  BanInput,
  CertificateName,
  ClientCertificate,
  ConfigurationInput,
  JwtInput,
  LimitsInput,
  ListenerInput,
  RatesInput,
  Read,
  RuledAction,
  RuleInput,
  ServerNameInput,
  StopInput,
  TlsInput,
  TlsVersion,
  Written,
} from './configuration/input.ts'
