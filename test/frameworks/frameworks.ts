import { existsSync } from 'node:fs'
import { root } from '../../tools/entries'
import { bun, deno, newerNode, workerd } from '../runtimes/binaries'

/** How an example of examples/frameworks is started, as its framework says. */
export interface Framework {
  /** The example’s file name. */
  readonly example: string
  /** Where the framework looks for it. Default: its name, at the top. */
  readonly place?: string
  /** Builds the application; nothing where its framework needs no build. */
  readonly build?: Command
  readonly start: Start
  /** The headers that the framework writes into answers beside the receiver's own. */
  readonly adds?: readonly string[]
  /** Whether it needs a connection for each request: what a server does with the rest of a refused body is its own. */
  readonly dialsAnew?: true
}

/** A program and what it is given. */
export type Command = readonly [program: string | undefined, ...given: readonly string[]]

/** How it is served: by a program that listens on `PORT`, by workerd with some compatibility flags, or by an edge runtime. */
export type Start = ((port: number) => Command) | { readonly flags: readonly string[] } | 'edge'

/** Where `npm ci --prefix test/frameworks` installs them. */
export const packages = `${root}test/frameworks/node_modules`

/** A program of a package, run by a Node that is new enough for all of them. */
const program =
  (path: string, ...given: readonly string[]) =>
  (...more: readonly string[]): Command => [newerNode, `${packages}/${path}`, ...given, ...more]

const next = program('next/dist/bin/next')
const astro = program('astro/bin/astro.mjs')
const vite = program('vite/bin/vite.js')
const reactRouter = program('@react-router/dev/bin.cjs')
const nitro = program('nitro/dist/cli/index.mjs')
const typed = (file: string) => (): Command => [newerNode, '--import', 'tsx', file]

/** Every framework, by what it is started on. */
export const frameworks: Readonly<Record<string, Framework>> = {
  'Hono on Node': { example: 'hono.ts', start: typed('serve.js') },
  'Hono on Bun': { example: 'hono.ts', start: () => [bun, 'hono.ts'] },
  'Hono on Deno': { example: 'hono.ts', start: (port) => [deno, 'serve', '--allow-env', '--port', `${port}`, 'hono.ts'] },
  'Hono on workerd': { example: 'hono.ts', start: { flags: ['nodejs_compat'] } },
  h3: { example: 'h3.ts', start: typed('h3.ts') },
  Elysia: { example: 'elysia.ts', start: () => [bun, 'elysia.ts'] },
  Bun: { example: 'bun.ts', start: () => [bun, 'bun.ts'] },
  Deno: { example: 'deno.ts', start: (port) => [deno, 'serve', '--allow-env', '--port', `${port}`, 'deno.ts'] },
  Workers: { example: 'workers.ts', start: { flags: [] } },
  'Workers with Node compatibility': { example: 'workers.ts', start: { flags: ['nodejs_compat'] } },
  'Vercel edge': { example: 'vercel.ts', start: 'edge' },
  NestJS: { example: 'nest.ts', start: typed('nest.ts'), adds: ['x-powered-by'] },
  Nitro: {
    example: 'nitro.ts',
    place: 'routes/hooks.ts',
    build: nitro('build'),
    start: () => [newerNode, '.output/server/index.mjs'],
    adds: ['vary'],
  },
  'React Router': {
    example: 'react-router.ts',
    place: 'app/routes/hooks.ts',
    build: reactRouter('build'),
    start: () => program('@react-router/serve/bin.cjs')('build/server/index.js'),
    dialsAnew: true,
  },
  Astro: {
    example: 'astro.ts',
    place: 'src/pages/hooks.ts',
    build: astro('build'),
    start: () => [newerNode, 'dist/server/entry.mjs'],
  },
  SvelteKit: {
    example: 'sveltekit.ts',
    place: 'src/routes/hooks/+server.ts',
    build: vite('build'),
    start: () => [newerNode, 'build'],
  },
  'Next.js': {
    example: 'next.ts',
    place: 'app/hooks/route.ts',
    build: next('build'),
    start: (port) => next('start', '--hostname', '127.0.0.1', '--port', `${port}`),
    adds: ['vary'],
  },
}

/** Whether all of them can be started here. */
export const isInstalled = existsSync(packages) && [newerNode, bun, deno, workerd].every((path) => path !== undefined)
