import { existsSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import sizes from '../../.size-limit'
import { entries, root } from '../../tools/entries'
import tsup from '../../tsup.config'

const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
const typedoc = JSON.parse(readFileSync(`${root}typedoc.json`, 'utf8'))

interface PublicName {
  readonly name: string
  readonly isValue: boolean
  readonly isDocumented: boolean
}

/** What every entry exports, by what a user imports it from. */
function publicNames(): readonly (readonly [specifier: string, names: readonly PublicName[]])[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const sources = entries.map(({ source }) => source)
  const program = ts.createProgram(sources, options)
  const checker = program.getTypeChecker()
  return entries.map(({ specifier, source }) => {
    const file = program.getSourceFile(source)
    const module = file && checker.getSymbolAtLocation(file)
    const names = (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
      const isTypeOnly = symbol.declarations?.some(ts.isTypeOnlyExportDeclaration) ?? false
      return {
        name: symbol.name,
        isValue: !isTypeOnly && (target.flags & ts.SymbolFlags.Value) !== 0,
        isDocumented: target.getDocumentationComment(checker).length > 0,
      }
    })
    return [specifier, names.sort((left, right) => (left.name < right.name ? -1 : 1))]
  })
}

describe('the entries', () => {
  const stems = entries.map(({ stem }) => stem)

  it('are built, all of them, and nothing else is but the providers and what bundlers may leave out', () => {
    const [code] = (tsup as (options: object) => { entry: Record<string, string> }[])({})
    const built = Object.keys(code?.entry ?? {})
    expect(built.filter((stem) => !stem.startsWith('schemes/')).sort()).toEqual(
      [...stems.filter((stem) => !stem.startsWith('schemes/')), 'crypto/quick'].sort(),
    )
    expect(built).toContain('schemes/index')
    for (const { source } of entries) expect(existsSync(source), source).toBe(true)
  })

  it('have types and code for import and for require, each of its own', () => {
    const file = (stem: string, end: string) => `./dist/${stem}.${end}`
    const targets = entries.map(({ specifier, stem }) => [
      specifier.replace(/^countersign/, '.'),
      {
        import: { types: file(stem, 'd.ts'), default: file(stem, 'js') },
        require: { types: file(stem, 'd.cts'), default: file(stem, 'cjs') },
      },
    ])
    expect(manifest.exports).toEqual({ ...Object.fromEntries(targets), './package.json': './package.json' })
  })

  it('are documented and weighed', () => {
    expect(typedoc.entryPoints).toEqual(stems.map((stem) => `src/${stem}.ts`))
    expect(sizes.slice(1).map(({ path }) => path)).toEqual(stems.map((stem) => `dist/${stem}.js`))
  })

  it('need no other package', () => {
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies']) {
      expect(Object.keys(manifest[kind] ?? {})).toEqual([])
    }
  })
})

describe('the public names', () => {
  const names = publicNames()

  it('are documented, every one', () => {
    const undocumented = names.flatMap(([specifier, of]) =>
      of.filter(({ isDocumented }) => !isDocumented).map(({ name }) => `${specifier}: ${name}`),
    )
    expect(undocumented).toEqual([])
  })

  it('are the values that the modules really have', async () => {
    const values = names.map(([specifier, of]) => [specifier, of.filter(({ isValue }) => isValue).map(({ name }) => name)])
    const real = entries.map(async ({ specifier, source }) => [specifier, Object.keys(await import(source)).sort()])
    expect(values).toEqual(await Promise.all(real))
  })

  it('stay as they are', () => {
    const listed = names.map(([specifier, of]) => {
      const list = (some: readonly PublicName[]) => some.map(({ name }) => name).join(' ')
      return `${specifier}\n  values: ${list(of.filter(({ isValue }) => isValue))}\n  types: ${list(of.filter(({ isValue }) => !isValue))}`
    })
    expect(listed.join('\n')).toMatchInlineSnapshot(`
      "countersign
        values: ConfigurationError VerificationError defineScheme generateSecret sign verify
        types: Account Algorithm Answer Body ChallengeAnswer ConfigurationErrorCode ContentPart Encoding FailureCode Handler Handshake HandshakeRequest HeaderLocation HeadersInput HmacName Idempotent IdempotentContext IdempotentFailureCode IdempotentFetch IdempotentHandler IdempotentObservation IdempotentOptions Identity InBody InHeader Inbox InboxMessage JsonWebKey Observation Observer Part PlainIdempotentOptions PlainOptions ProblemCode Proof ProofFormat ProofRequest Receiver RejectionCode Reply ReplyOptions RetryPolicy Scheme SchemeDescription Secret SecretFormat Secrets SignOptions Signed Signer StandardSchemaV1 TimestampUnit Timing TransactionContext TransactionalIdempotentContext TransactionalIdempotentOptions TransactionalOptions TypedEvent TypedHandler TypedOptions TypedTransactionalOptions Unsigned UnverifiedRequest VerificationErrorCode Verified Verifier VerifyOptions Webhook WebhookContext WebhookEvent WebhookOptions WorkOptions
      countersign/schemes
        values: adyen adyenPlatform asana awsSns awsSnsV1 awsSnsV1With awsSnsWith bitbucket calcom calendly chargebee clerk coinbaseCommerce contentful deepgram discord docusign dropbox ecdsaP256 ecdsaP256Der ed25519 elevenlabs fusionauth github gitlab gitlabToken hookdeck httpSignatures hubspotV1 hubspotV2 hubspotV3 intercom lemonsqueezy line linear mailgun meta mux openai paddle paypal paypalWith plaid postmark razorpay replicate resend rfc9421EcdsaP256Sha256 rfc9421Ed25519 rfc9421HmacSha256 rfc9421RsaPssSha512 rsaPssSha512 rsaSha1 rsaSha256 sanity schemes sendgrid sentry shopify slack square standardWebhooks standardWebhooksV1a stripe supabase svix telegram telnyx token twilio twitch typeform vercel webflow woocommerce workos xero zendesk zoom
        types: AwsSnsOptions CertificateFetch CertificateOptions HttpSignatureOptions
      countersign/idempotency
        values: IdempotencyError createIdempotency memoryStore
        types: BackOff Claim ClaimOptions Codec Finding Idempotency IdempotencyErrorCode IdempotencyErrorDetails IdempotencyOptions IdempotencyStore MemoryStore MemoryStoreOptions Outcome RunOptions TransactionalIdempotency TransactionalRunOptions TransactionalStore TransactionalWorkContext WaitUntil WorkContext
      countersign/stores/redis
        values: redisStore
        types: Ioredis IoredisServer NodeRedis NodeRedisServer RedisStore RedisStoreOptions
      countersign/stores/postgres
        values: postgresStore
        types: ClientOf Completing Embedded Pool PoolClient PostgresStore PostgresStoreOptions Queryable TaggedPool TaggedSql
      countersign/stores/sqlite
        values: sqliteStore
        types: Database SqliteStore SqliteStoreOptions Statement TransactionalSqliteStore Value
      countersign/stores/mysql
        values: mysqlStore
        types: ConnectionOf MysqlStore MysqlStoreOptions Pool PoolConnection Queryable Statement
      countersign/stores/dynamodb
        values: dynamodbStore
        types: ConditionalPut ConditionalUpdate DocumentClient DynamodbStore DynamodbStoreOptions TableClient TableDescription TimeToLive WriteOf
      countersign/express
        values: idempotent webhook
        types: ExpressHandler ExpressRequest
      countersign/fastify
        values: idempotent webhook
        types: FastifyInstance FastifyPlugin FastifyReply FastifyRequest
      countersign/fetch
        values: idempotent webhook
        types: FetchHandler
      countersign/node
        values: idempotent webhook
        types: NodeListener
      countersign/koa
        values: idempotent webhook
        types: KoaContext KoaMiddleware
      countersign/lambda
        values: idempotent webhook
        types: LambdaEvent LambdaHandler LambdaResult
      countersign/queues/table
        values: tableInbox tableOutbox
        types: DeadDelivery DeadMessage Finding Inbox InboxMessage Outbox OutboxEvent Queryable Receiver Schedule TableInbox TableInboxOptions TableOutbox TableOutboxOptions TableWorkOptions TaggedSql
      countersign/queues/bullmq
        values: bullmqInbox bullmqOutbox
        types: BullmqDelivery BullmqDeliveryOptions BullmqInboxOptions BullmqJob BullmqJobOptions BullmqOutboxOptions BullmqOutboxQueue BullmqQueue DeadDelivery Inbox InboxMessage Outbox OutboxEvent Parcel
      countersign/queues/pg-boss
        values: pgBossInbox pgBossOutbox
        types: Boss BossDb BossDeliveryOptions BossJobOptions DeadDelivery Inbox InboxMessage Outbox OutboxBoss OutboxEvent PgBossInboxOptions PgBossOutbox PgBossOutboxOptions
      countersign/sender
        values: classify createSender nextDelay runOutbox
        types: Attempt AttemptOptions CommonSenderOptions DeadDelivery DeadReason DeliverOptions Delivery Endpoint GuardOptions KeptEvent Outbox OutboxEvent OutboxPace OutboxRun OutboxTask Outcome OutgoingEvent RunOutboxOptions Schedule Sender SenderOptions Settlement TlsOptions Undici Verdict
      countersign/sender/fetch
        values: classify createSender nextDelay runOutbox
        types: Attempt AttemptOptions CommonSenderOptions DeadDelivery DeadReason DeliverOptions Delivery Endpoint FetchSenderOptions GuardOptions KeptEvent Outbox OutboxEvent OutboxPace OutboxRun OutboxTask Outcome OutgoingEvent RunOutboxOptions Schedule Sender Settlement Verdict
      countersign/explain
        values: explain
        types: Cause ExplainOptions Explanation Finding
      countersign/diagnostics
        values: publish
        types: Channels
      countersign/testing
        values: signedRequest storeContract
        types: Clock OpenStore SignedRequestOptions StoreContractOptions StoreLaw"
    `)
  })
})
