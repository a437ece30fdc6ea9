/** The older version, whose own types cannot stand beside the newer one's. */
declare module 'express4' {
  import express from 'express'
  export = express
}
