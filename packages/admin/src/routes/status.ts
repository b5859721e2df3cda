/** How the broker stands, and what the API is. */
import { openApiDocument } from '../openapi/document.ts'
import type { Route } from '../route.ts'

/** The route of the status. */
export const STATUS_ROUTE: Route = {
  method: 'GET',
  path: '/status',
  operationId: 'status',
  summary: 'How the broker stands: its version, its listeners, its counters.',
  tag: 'broker',
  scope: 'read',
  parameters: [],
  answer: 'Status',
  problems: [],
  run: (_request, backend) => backend.status(),
}

/** The route of the document, which describes all routes, itself too. */
export function documentRoute(routes: () => readonly Route[]): Route {
  return {
    method: 'GET',
    path: '/openapi.json',
    operationId: 'openApi',
    summary: 'This document. It says nothing of the broker, and needs no token.',
    tag: 'broker',
    scope: 'none',
    parameters: [],
    answer: 'Document',
    problems: [],
    run: async () => openApiDocument(routes()),
  }
}
