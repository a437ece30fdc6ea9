/** What a missed target fails by, and what was tried. */
export const reasons = `Where a target is missed, by little or by much, this is why. The two hashes that make an HMAC take 0.45 of the first line at 1 KB; the rest is a promise, the headers, the time, decoding
and comparing, each of which takes 1 to 5 % of it. What is written by hand looks at one header and no clock, and returns no promise; Standard Webhooks has three headers, of which one
is an id to judge. Stripe's check, given text, hashes it without making it bytes.

What gained: hashes at once in place of an HMAC object, as text; the names of the headers in place of pairs; a table for base64 and hex that reads bytes; no copy of a body that is text;
no waiting for what is there already; arrays of one. What did not: a synchronous function below \`verify\`; \`latin1Write\`, \`hexWrite\` and \`base64Write\` of Buffer; midstates by \`Hash.copy()\`;
\`split\` for lists, which made Stripe's header a tenth slower. Keeping views of the scratch by length, or parsed headers, was not tried: a stranger would choose the keys of that cache.`
