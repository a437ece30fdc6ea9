type Values = Readonly<Record<string, string | undefined>> | null | undefined
type Lists = Readonly<Record<string, readonly string[] | undefined>> | null | undefined

/** What we read of an event of API Gateway (1.0 and 2.0), of a function URL, or of a load balancer. */
export interface LambdaEvent {
  readonly headers?: Values
  readonly multiValueHeaders?: Lists
  readonly body?: string | null | undefined
  readonly isBase64Encoded?: boolean | undefined
  readonly pathParameters?: Values
  readonly httpMethod?: string
  readonly path?: string
  readonly queryStringParameters?: Values
  readonly multiValueQueryStringParameters?: Lists
  readonly rawPath?: string
  readonly rawQueryString?: string
  readonly requestContext?: { readonly http?: { readonly method: string }; readonly domainName?: string; readonly path?: string }
}

/** What each of them takes for an answer. */
export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  cookies?: string[]
  body: string
  isBase64Encoded: boolean
}
