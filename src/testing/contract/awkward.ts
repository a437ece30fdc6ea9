const quoted = ["a'; DROP TABLE countersign_keys; --", 'a"', "a'", 'a`', 'a%', 'a_', 'a*', 'a?', 'a[b]', '{a}', '$1', ':a', '?']
const paths = ['--', '/* */', 'a/b', 'a:b', 'a#b', '..', 'a\\', '\\', 'a\\\\', '\\0', 'a\\0', '\\x00']
const blanks = ['a', 'a ', ' a', 'a\t', 'a\n', 'a\r\n', 'a\0', '\0a', '\0', ' ', '\u00A0', '\u200B', '\uFEFFa']
const cases = ['A', 'ä', 'Ä', 'é', 'e\u0301', 'ß', 'ss', 'I', 'ı', 'İ', 'i', 'ﬁ', 'fi', '\u{1F511}', '\u{1F512}', '\uFFFD']
const names = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'null',
  'undefined',
  'true',
  '0',
  '00',
  '-0',
  'NaN',
  '1e3',
]
const longest = ['x'.repeat(511), 'x'.repeat(512), '\0'.repeat(512), '\\'.repeat(512), '\u{1F511}'.repeat(128)]

/** Texts of 1 to 512 bytes that a careless store takes for one another, or cannot hold. */
export const awkwardTexts: readonly string[] = [...blanks, ...cases, ...quoted, ...paths, ...names, ...longest]

/** What is no key: empty, longer than 512 bytes, no text, or no text that UTF-8 can write. */
export const impossibleKeys: readonly unknown[] = [
  '',
  'x'.repeat(513),
  '\u{1F511}'.repeat(129),
  '\uD800',
  'a\uDC00',
  undefined,
  7,
]

/** Tokens of one holder each, which a comparison that folds anything takes for the same. */
export const alikeTokens: readonly (readonly [string, string])[] = [
  ['aBcDe-fGh_1', 'AbCdE-FgH_1'],
  ['token', 'token '],
  ['token', ' token'],
  ['é', 'e\u0301'],
  ['ss', 'ß'],
  ['1', '01'],
  ['1', '1.0'],
  ['1e1', '10'],
]
