type Values = Readonly<Record<string, string | undefined>>
type MultiValues = Readonly<Record<string, readonly string[] | undefined>>

/** What we read of an event: of API Gateway in both its versions, of a function URL, or of a load balancer. */
export interface LambdaEvent {
  readonly version?: string
  readonly httpMethod?: string
  readonly path?: string
  readonly rawPath?: string
  readonly rawQueryString?: string
  readonly queryStringParameters?: Values | null | undefined
  readonly multiValueQueryStringParameters?: MultiValues | null | undefined
  readonly headers?: Values | null | undefined
  readonly multiValueHeaders?: MultiValues | null | undefined
  readonly pathParameters?: Values | null | undefined
  readonly requestContext?: object & {
    readonly http?: { readonly method: string }
    readonly domainName?: string | undefined
    readonly path?: string
    readonly elb?: unknown
  }
  readonly body?: string | null | undefined
  readonly isBase64Encoded?: boolean
}

/** The query as it was called; only API Gateway's first version has decoded it. */
function queryOf({
  rawQueryString,
  multiValueQueryStringParameters,
  queryStringParameters,
  requestContext,
}: LambdaEvent): string {
  if (rawQueryString !== undefined) return rawQueryString
  const write = requestContext?.elb ? (text: string) => text : encodeURIComponent
  return Object.entries(multiValueQueryStringParameters ?? queryStringParameters ?? {})
    .flatMap(([name, values]) => [values ?? ''].flat().map((value) => `${write(name)}=${write(value)}`))
    .join('&')
}

/** The URL as it was called. */
export function urlOf(event: LambdaEvent, headers: Values | MultiValues): string {
  const { rawPath, path = '/', requestContext = {} } = event
  const host = requestContext.domainName ?? Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
  const query = queryOf(event)
  return `https://${host ?? 'localhost'}${rawPath ?? requestContext.path ?? path}${query && `?${query}`}`
}
