export { type SignedRequestOptions, signedRequest } from './signed-request'
export { type Clock, type OpenStore, type StoreContractOptions, type StoreLaw, storeContract } from './store-contract'
