// SASLprep (RFC 4013): the examples of its section 3, and each rule of section 2.

import { describe, expect, it } from 'vitest'
import { saslprep } from '../src/scram/saslprep.ts'

describe('SASLprep', () => {
  it.each([
    ['I\u00adX', 'IX', 'a soft hyphen is mapped to nothing'],
    ['user', 'user', 'no transformation'],
    ['USER', 'USER', 'case is preserved'],
    ['\u00aa', 'a', 'output is NFKC'],
    ['\u2168', 'IX', 'output is NFKC'],
    ['a\u00a0b\u3000c', 'a b c', 'any space is a space'],
    ['e\u0301', '\u00e9', 'characters are composed'],
    ['a\u200d\ufe0fb\u2060', 'ab', 'what is invisible is nothing'],
    ['\u0627\u0644\u061f', '\u0627\u0644\u061f', 'from right to left throughout'],
    ['\u05d0 1 \u05d1', '\u05d0 1 \u05d1', 'numbers inside what runs from right to left'],
    ['🔑 \u{1fae0}', '🔑 \u{1fae0}', 'characters that are younger than the RFC'],
    ['', '', 'nothing'],
  ])('prepares %j as %j: %s', (text, prepared) => {
    expect(saslprep(text, 'password')).toBe(prepared)
  })

  it.each([
    ['\u0007', 'U+0007', 'an ASCII control character'],
    ['a\u007f', 'U+007F', 'delete'],
    ['\u0085', 'U+0085', 'another control character'],
    ['\u2028', 'U+2028', 'a line separator'],
    ['\ue000', 'U+E000', 'private use'],
    ['\u{10fffd}', 'U+10FFFD', 'private use'],
    ['\ufdd0', 'U+FDD0', 'no character'],
    ['\u{1fffe}', 'U+1FFFE', 'no character'],
    ['\ud800', 'U+D800', 'half a surrogate pair'],
    ['\ufffd', 'U+FFFD', 'a replacement character'],
    ['\u2ff0', 'U+2FF0', 'an ideographic description'],
    ['\u202e', 'U+202E', 'a change of direction'],
    ['\u{e0041}', 'U+E0041', 'a tag'],
  ])('prohibits %j, %s: %s', (text, name) => {
    expect(() => saslprep(text, 'user name')).toThrow(`The user name contains ${name}`)
  })

  it.each(['\u0627\u0031', '1\u0627', '\u05d0a\u05d1', 'a\u05d0'])(
    'prohibits the mixed directions of %j',
    (text) => {
      expect(() => saslprep(text, 'password')).toThrow('mixes directions')
    },
  )
})
