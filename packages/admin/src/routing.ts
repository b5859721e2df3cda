/** Finds the route of a request. */
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** What every path begins with. */
export const API_PREFIX = '/api/v1'

/** The routes by path and method. */
export class RouteTable {
  readonly #paths = new Map<string, Map<string, Route>>()

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const path = `${API_PREFIX}${route.path}`
      const methods = this.#paths.get(path) ?? new Map<string, Route>()
      methods.set(route.method, route)
      this.#paths.set(path, methods)
    }
  }

  /** The route of a request, or what to answer where there is no such path, or method of it. */
  find(method: string, path: string): Route | Problem {
    const methods = this.#paths.get(path)
    if (methods === undefined) {
      return new Problem(
        'not-found',
        `There is nothing at this path: ${API_PREFIX}/openapi.json lists what there is`,
      )
    }
    const allow = [...methods.keys()].join(', ')
    return (
      methods.get(method) ??
      new Problem('method-not-allowed', `This path takes ${allow}`, { Allow: allow })
    )
  }
}
