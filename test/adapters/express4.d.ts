/** Installed beside Express 5, whose types it shares in all that is called here. */
declare module 'express4' {
  export { default } from 'express'
}
