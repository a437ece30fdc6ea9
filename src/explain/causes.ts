/** How each cause is mended, where the finding has nothing more exact to say. */
export const mends = {
  body_reserialized:
    'Verify the bytes as they arrived, and parse them afterwards: mount webhook() before any JSON parser, or keep the bytes with express.json({ verify: (request, _response, bytes) => { request.rawBody = bytes } }); with fetch, pass new Uint8Array(await request.arrayBuffer()).',
  body_whitespace:
    'Verify the bytes as they arrived: find what trims the body, or adds to it, on the way (a log, a file, a template).',
  body_line_endings:
    'Verify the bytes as they arrived: find what changes line ends on the way (a file opened as text, a git checkout, a mail).',
  body_byte_order_mark:
    'Verify the bytes as they arrived: find what adds or removes a byte order mark on the way (a text decoder, an editor).',
  body_charset: 'Verify the bytes as they arrived, or decode them as UTF-8 and as nothing else.',
  body_base64: 'Undo the base64 first: verify(scheme, { body: Uint8Array.from(atob(event.body), (c) => c.charCodeAt(0)), … }).',
  body_compressed:
    'Decompress first, or have the proxy send requests as they came: new Response(new Response(bytes).body.pipeThrough(new DecompressionStream("gzip"))).',
  body_url_encoded: 'Verify the bytes as they arrived: something percent-encoded the body, or put it into a form, on the way.',
  body_form_parsed:
    'Verify the form as it arrived, and parse it afterwards: mount webhook() before express.urlencoded(), or keep the bytes in request.rawBody.',
  body_double_encoded: 'Verify the text itself, without another JSON.stringify() or JSON.parse() around it.',
  body_enveloped: 'Verify the inner text, which is what was signed, and not the event that carries it: { body: event.body }.',
  body_bytes_printed: 'Pass the bytes themselves: Buffer.from(saved.data) makes them of what JSON.stringify(buffer) wrote.',
  body_lost:
    'Nothing can bring these bytes back. Take them before anything parses or reads the body: mount webhook() first, or keep them in request.rawBody.',
  body_length: 'Verify the bytes as they arrived: something changed the body, or read a part of it, on the way.',
  secret_whitespace: 'Trim it where it is read: process.env.WEBHOOK_SECRET?.trim().',
  secret_quotes:
    'Take the quotes away where the secret is kept; docker --env-file and many dashboards keep them as part of the value.',
  secret_wrapped: 'Give the value alone, as the provider shows it.',
  secret_prefix: 'Give the secret whole, as the provider shows it.',
  secret_encoding:
    'Give the secret as text, as the provider shows it, neither decoded nor encoded; or name its form in the scheme: defineScheme({ key: … }).',
  secret_case: 'Give the secret as the provider shows it; something changed its case.',
  secret_unusable: 'Copy the signing secret of this endpoint from the provider again, whole.',
  secret_placeholder: 'The variable was never filled in: set it, and refuse to start without it.',
  secret_is_api_key:
    'Give the signing secret of this webhook endpoint; it stands beside the endpoint in the dashboard. An API key signs no webhooks.',
  another_secret: 'Give that secret here: each endpoint has its own, and so have test and live mode.',
  timestamp_too_old:
    'Where it was replayed or waited in a queue, verify on arrival and queue what is verified; where the clock here is ahead, synchronise it (NTP). To look at a saved request, give `now` the time of its arrival.',
  timestamp_too_new: 'Synchronise the clock here (NTP); to look at a saved request, give `now` the time of its arrival.',
  timestamp_unit: 'Say in which unit the times are: defineScheme({ unit: … }).',
  another_scheme: 'Use the scheme of the provider that sends.',
  scheme_description: 'Describe the scheme as the sender signs.',
  url_protocol: 'Give the URL as the sender calls it.',
  url_host: 'Give the URL as the sender calls it.',
  url_port: 'Give the URL as the sender calls it.',
  url_path: 'Give the URL as the sender calls it.',
  url_query: 'Give the URL as the sender calls it, with its query as it arrived.',
  method: 'Give the method of the request: verify(scheme, { method: request.method, … }).',
  header_missing:
    'Look whether a proxy, a gateway or a test tool drops it, and whether the provider was told to sign (a secret set at its endpoint).',
  header_renamed: 'Have the proxy or the gateway hand headers on as they came, or give them their names back.',
  header_duplicated: 'Have one hop alone set it: two values are refused, because two readers might believe two things.',
  header_changed: 'Have the proxy or the gateway hand headers on as they came.',
  key_unavailable:
    'See that this machine can reach the address of the keys, or give the scheme a `fetch` that can; then explain again.',
  malformed: 'Compare the request with what the provider documents.',
} as const

/** Why `verify` refuses. */
export type Cause = keyof typeof mends
