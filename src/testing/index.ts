export { type SignedRequestOptions, signedRequest } from './signed-request'
