import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

const folder = fileURLToPath(new URL('results/', import.meta.url))

/** Draws a Vega-Lite chart as `bench/results/<name>.svg`, on white, so that it reads in dark viewers too. */
export async function writePlot(name: string, spec: TopLevelSpec): Promise<void> {
  const config = {
    font: 'sans-serif',
    axis: { labelFontSize: 13, titleFontSize: 14 },
    legend: { labelFontSize: 13, titleFontSize: 14 },
  }
  const { spec: chart } = compile({ background: 'white', padding: 16, config, ...spec } as TopLevelSpec)
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}${name}.svg`, `${await new View(parse(chart), { renderer: 'none' }).toSVG()}\n`)
}
