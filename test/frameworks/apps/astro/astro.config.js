import node from '@astrojs/node'
import { defineConfig } from 'astro/config'

// Without the check of origins, since providers that send forms have none.
export default defineConfig({ adapter: node({ mode: 'standalone' }), security: { checkOrigin: false } })
