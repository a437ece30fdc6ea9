// What `wrangler types` would write of the secret.
// biome-ignore lint/style/noNamespace: so the runtime's own types have it.
declare namespace Cloudflare {
  interface Env {
    WEBHOOK_SECRET: string
  }
}
