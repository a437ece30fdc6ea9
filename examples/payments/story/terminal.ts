import { stripVTControlCharacters } from 'node:util'

type Colour = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan'

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
}

/** Where the story is told in words; in colours only on a terminal, and not where NO_COLOR asks for none. */
export interface Terminal {
  paint(colour: Colour, text: string): string
  /** Prints a paragraph, broken into lines that are indented alike; `lead` stands before the first. */
  print(text?: string, options?: { readonly indent?: number; readonly lead?: string }): void
}

const width = 78

export function terminal(output: NodeJS.WriteStream = process.stdout): Terminal {
  const isColoured = output.isTTY && !process.env['NO_COLOR']
  const columns = Math.min(width, output.columns ?? width)
  const write = (line: string) => output.write(`${line.trimEnd()}\n`)

  return {
    paint: (colour, text) => (isColoured ? `\x1b[${codes[colour][0]}m${text}\x1b[${codes[colour][1]}m` : text),
    print(text = '', { indent = 2, lead = '' } = {}) {
      const margin = ' '.repeat(indent)
      let line = lead ? `${margin.slice(0, Math.max(0, indent - length(lead)))}${lead}` : margin
      for (const word of text.split(' ')) {
        const isFull = length(line) + length(word) > columns && length(line) > indent
        if (isFull) write(line)
        line = `${isFull ? margin : line}${word} `
      }
      write(line)
    },
  }
}

const length = (text: string) => stripVTControlCharacters(text).length
