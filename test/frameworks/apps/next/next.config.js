import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

// The packages are above the application, as in a monorepo.
export default { poweredByHeader: false, turbopack: { root }, outputFileTracingRoot: root }
