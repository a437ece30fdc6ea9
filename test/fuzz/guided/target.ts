import { schemes } from 'countersign/schemes'
import { openReceiver } from '../receiver'
import { targetOf } from '../target'

// Bundled and run by jazzer.js, which makes up the bytes. One scheme for each process: what reaches new code is seen for each.
const { TARGET, SCHEME = '' } = process.env
const scheme = schemes[SCHEME]
if (!scheme) throw new Error(`Expected SCHEME to be a scheme, got ${SCHEME}`)
const opening = TARGET === 'receiver' ? openReceiver(scheme) : targetOf(scheme)

export const fuzz = async (bytes: Uint8Array): Promise<void> => void (await (await opening).attack(bytes))
