import { type OpenStore, type StoreLaw, storeContract } from 'countersign/testing'

/** The laws of a store, as users are given them. */
export const storeLaws = (open: OpenStore, _isTransactional = false): readonly StoreLaw[] => storeContract(open)
