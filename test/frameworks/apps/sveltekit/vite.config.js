import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

// Without the check of origins, since providers that send forms have none.
export default defineConfig({ plugins: [sveltekit({ adapter: adapter(), csrf: { trustedOrigins: ['*'] } })] })
