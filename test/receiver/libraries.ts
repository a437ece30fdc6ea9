import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

// The same two payloads, as each library says them.

export const zodSchemas = {
  push: z.object({ commits: z.array(z.string()) }),
  issues: z.object({ action: z.enum(['opened', 'closed']) }),
}

export const valibotSchemas = {
  push: v.object({ commits: v.array(v.string()) }),
  issues: v.object({ action: v.picklist(['opened', 'closed']) }),
}

export const arktypeSchemas = {
  push: type({ commits: 'string[]' }),
  issues: type({ action: "'opened' | 'closed'" }),
}
