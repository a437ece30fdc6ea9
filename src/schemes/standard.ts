import { makeScheme } from './make'
import type { Scheme, SchemeDescription } from './scheme'
import { timing } from './timing'

/** A scheme of the family; its members differ in the names of their headers and in the version that they sign. */
export const makeStandardScheme = (
  headers: 'webhook' | 'svix',
  version: string,
  own: Pick<SchemeDescription, 'name' | 'key' | 'algorithm' | 'type' | 'retry' | 'maxBodyBytes'>,
): Scheme =>
  makeScheme(
    {
      content: ['id', { text: '.' }, 'timestamp', { text: '.' }, 'body'],
      encoding: 'base64',
      signature: { header: `${headers}-signature`, prefix: `${version},`, list: ' ' },
      timestamp: { header: `${headers}-timestamp` },
      id: { header: `${headers}-id` },
      type: { body: '/type' },
      // Ten tries over 75 h 35 m.
      retry: { windowSeconds: 272_100, resigned: true },
      ...own,
    },
    timing,
  )
