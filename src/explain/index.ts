export type { Cause } from './causes'
export type { ExplainOptions } from './evidence'
export { explain } from './explain'
export type { Explanation, Finding } from './explanation'
