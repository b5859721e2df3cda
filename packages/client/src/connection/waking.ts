/**
 * When a page comes back: to the front, out of the browser's cache, onto the network. Its timers
 * may not have run for hours, and the ones that were set may still be far away.
 */

/** Calls back each time until the result is disposed. Does nothing where there is no page. */
export function onWake(woke: () => void): Disposable {
  const document: unknown = Reflect.get(globalThis, 'document')
  // It comes, too, when the page goes to the back.
  const turned = (): void => {
    if (!isHidden(document)) woke()
  }
  const sources = [
    ...eventsOf(globalThis, woke, 'online', 'pageshow'),
    ...eventsOf(document, turned, 'visibilitychange'),
  ]
  for (const { target, type, listener } of sources) target.addEventListener(type, listener)
  return {
    [Symbol.dispose]: () => {
      for (const { target, type, listener } of sources) target.removeEventListener(type, listener)
    },
  }
}

interface Source {
  readonly target: EventTarget
  readonly type: string
  readonly listener: () => void
}

function eventsOf(
  target: unknown,
  listener: () => void,
  ...types: readonly string[]
): readonly Source[] {
  if (typeof EventTarget === 'undefined' || !(target instanceof EventTarget)) return []
  return types.map((type) => ({ target, type, listener }))
}

function isHidden(document: unknown): boolean {
  return document instanceof Object && Reflect.get(document, 'visibilityState') === 'hidden'
}
