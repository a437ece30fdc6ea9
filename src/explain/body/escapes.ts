type Write = (text: string) => string

const unicode: Write = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
const inCapitals: Write = (character) => `\\u${unicode(character).slice(2).toUpperCase()}`
const orSolidus: Write = (character) => (character === '/' ? '\\/' : unicode(character))

/** Strings as JavaScript writes them, with more characters escaped. */
function escaping(more: RegExp, escaped: Write = unicode): Write {
  // What is escaped already is taken whole.
  const either = new RegExp(`\\\\.|${more.source}`, 'g')
  return (text) => {
    const written = JSON.stringify(text).slice(1, -1)
    return `"${written.replace(either, (match) => (match.length > 1 ? match : escaped(match)))}"`
  }
}

const dotNet = escaping(/[&'+<>`\u007f-\uffff]/, inCapitals)

/** How a string is written, by who writes so; the lower the rank, the likelier. */
export const escapes: readonly { readonly name: string; readonly rank: number; readonly text: Write }[] = [
  { name: '', rank: 0, text: (text) => JSON.stringify(text) },
  { name: 'with \\uXXXX for what is not ASCII (Python, PHP)', rank: 0.5, text: escaping(/[\u007f-\uffff]/) },
  {
    name: 'with \\/ for / and \\uXXXX for what is not ASCII (PHP, Meta)',
    rank: 0.6,
    text: escaping(/[/\u0080-\uffff]/, orSolidus),
  },
  { name: 'with \\u003c for < (Go, Rails)', rank: 0.7, text: escaping(/[<>&\u2028\u2029]/) },
  { name: 'with \\/ for / (PHP)', rank: 1.2, text: escaping(/\//, orSolidus) },
  { name: 'with \\u003d for = (Gson in Java)', rank: 2, text: escaping(/[<>&='\u2028\u2029]/) },
  {
    name: 'with \\u00E9 in capitals (.NET)',
    rank: 2,
    text: (text) =>
      `"${dotNet(text)
        .slice(1, -1)
        .replace(/\\./g, (pair) => (pair === '\\"' ? '\\u0022' : pair))}"`,
  },
]
