/** The W3C Trace Context, read as strictly as its standard has it. */
import { TraceFlags } from '@opentelemetry/api'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { traceContextOf } from '../../src/tracing/trace-context.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'
const PARENT = `00-${TRACE}-${SPAN}-01`

describe('a trace context', () => {
  it('is read from user properties among others', () => {
    const properties = [
      ['a', 'b'],
      ['traceparent', PARENT],
      ['tracestate', 'vendor=1'],
      ['tracestate', 'other=2'],
    ] as const
    const context = traceContextOf(properties)
    expect(context).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true })
    expect(context?.traceState?.serialize()).toBe('vendor=1,other=2')
  })

  it.each([
    ['not sampled', `00-${TRACE}-${SPAN}-00`, TraceFlags.NONE],
    ['with flags of a later version', `00-${TRACE}-${SPAN}-03`, 3],
    ['of a later version', `cc-${TRACE}-${SPAN}-01`, TraceFlags.SAMPLED],
    ['of a later version that says more', `cc-${TRACE}-${SPAN}-01-what`, TraceFlags.SAMPLED],
  ])('is one that is %s', (_, parent, traceFlags) => {
    expect(traceContextOf([['traceparent', parent]])).toMatchObject({ traceFlags })
  })

  it.each([
    ['nothing', ''],
    ['too short', PARENT.slice(0, -1)],
    ['too long', `${PARENT}0`],
    ['longer than its version knows', `${PARENT}-what`],
    ['of a later version and runs on', `cc-${TRACE}-${SPAN}-01.what`],
    ['of the version that is none', `ff-${TRACE}-${SPAN}-01`],
    ['in upper case', PARENT.toUpperCase()],
    ['without a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['with other dashes', PARENT.replaceAll('-', '_')],
    ['with a space before it', ` ${PARENT.slice(0, -1)}`],
    ['with other digits', `00-${TRACE}-${SPAN}-0g`],
    ['in digits of another script', `00-${TRACE}-${SPAN}-0\u0661`],
  ])('is none that is %s', (_, parent) => {
    expect(traceContextOf([['traceparent', parent]])).toBeUndefined()
  })

  it('is none where there are two, or none', () => {
    const parent = ['traceparent', PARENT] as const
    expect(traceContextOf([parent, parent])).toBeUndefined()
    expect(traceContextOf([['Traceparent', PARENT]])).toBeUndefined()
    expect(traceContextOf([['tracestate', 'a=1']])).toBeUndefined()
  })

  it.each([
    ['too long', `a=${'x'.repeat(511)}`],
    ['not printable', 'a=\u001B[2J'],
    ['of other characters', 'a=ü'],
  ])('has no state that is %s', (_, state) => {
    const context = traceContextOf([
      ['traceparent', PARENT],
      ['tracestate', state],
    ])
    expect(context).toMatchObject({ traceId: TRACE })
    expect(context?.traceState).toBeUndefined()
  })

  it('has a state that nobody here changes', () => {
    const context = traceContextOf([
      ['traceparent', PARENT],
      ['tracestate', 'a=1'],
    ])
    const changed = context?.traceState?.set('b', '2').unset('a')
    expect(changed?.serialize()).toBe('a=1')
    expect(changed?.get('a')).toBeUndefined()
  })

  it('comes back from every text that is one', () => {
    const digits = (length: number): fc.Arbitrary<string> =>
      fc
        .string({
          unit: fc.constantFrom(...'0123456789abcdef'.split('')),
          minLength: length,
          maxLength: length,
        })
        .filter((text) => text.replaceAll('0', '') !== '')
    const parts = fc.tuple(digits(32), digits(16), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(parts, ([traceId, spanId, traceFlags]) => {
        const flags = traceFlags.toString(16).padStart(2, '0')
        const context = traceContextOf([['traceparent', `00-${traceId}-${spanId}-${flags}`]])
        expect(context).toEqual({ traceId, spanId, traceFlags, isRemote: true })
      }),
    )
  })
})
