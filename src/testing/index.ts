export { signedRequest, type SignedRequestOptions } from './signed-request'
