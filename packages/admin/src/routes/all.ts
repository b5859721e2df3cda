/** The table of routes, in the order of the document. */
import type { Route } from '../route.ts'
import { BAN_ROUTES } from './bans.ts'
import { MESSAGE_ROUTES } from './messages.ts'
import { OPERATION_ROUTES } from './operations.ts'
import { SESSION_ROUTES } from './sessions.ts'
import { documentRoute, STATUS_ROUTE } from './status.ts'
import { SUBSCRIPTION_ROUTES } from './subscriptions.ts'

/** Every route. */
export const ROUTES: readonly Route[] = [
  STATUS_ROUTE,
  documentRoute(() => ROUTES),
  ...SESSION_ROUTES,
  ...SUBSCRIPTION_ROUTES,
  ...MESSAGE_ROUTES,
  ...BAN_ROUTES,
  ...OPERATION_ROUTES,
]
