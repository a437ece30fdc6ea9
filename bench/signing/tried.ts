/** Why a target is missed, and what was tried. */
export const reasons = ''
