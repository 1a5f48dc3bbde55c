/** Limits that users see. Tests and documentation read them from here. */
export const LIMITS = {
  taskMinCharacters: 10,
  taskMaxCharacters: 50_000,
  timeoutMinSeconds: 30,
  timeoutMaxSeconds: 86_400,
  timeoutDefaultSeconds: 600,
  bodyMaxBytes: 10 * 1024 * 1024,
  /** Values in the JSON of a body, at any depth. */
  bodyMaxValues: 1_000,
  idempotencyKeyMaxCharacters: 128,
  idempotencyKeyHours: 24,
  apiKeyMaxDays: 3_650,
  apiKeyOverlapDefaultSeconds: 86_400,
  apiKeyOverlapMaxSeconds: 2_592_000,
  artifactUrlMinSeconds: 60,
  artifactUrlMaxSeconds: 86_400,
  artifactUrlDefaultSeconds: 3_600,
  pageMaxItems: 100,
  pageDefaultItems: 20,
  logPageMaxLines: 1_000,
  logPageDefaultLines: 200,
  recentLogMaxLines: 1_000,
  tagsMax: 20,
  secretsMax: 20,
  promotionTitleMaxCharacters: 250,
  promotionBodyMaxCharacters: 30_000,
  promotionPathsMax: 400,
  /** The agent's last message in a record; the whole output is the artifact `output.log`. */
  outputMaxCharacters: 8_000,
  /** Of a file that an agent leaves, `artifacts/` included. */
  agentFileNameMaxCharacters: 160,
  agentFilesMax: 500,
  agentFileMaxBytes: 50 * 1024 * 1024,
  agentFilesMaxBytes: 500 * 1024 * 1024,
  contextDocumentMaxCharacters: 16_000,
  verifyMaxCharacters: 4_000,
  /** Times that a failed verification is handed back to the agent. */
  verifyAttemptsMax: 5,
  /** Of what a verification printed, in a record and to the agent. */
  verifyOutputMaxCharacters: 4_000,
  /** A place in the queue is counted up to here. */
  queuePositionMax: 1_000,
  /** Attempts after the first, for a dispatch whose worker never started. */
  startRetriesMax: 3,
  workspaceTtlDays: 30,
  /** For so long a repeated deletion of a workspace answers the same. */
  workspaceDeletionHours: 24,
  workspaceQuotaDefaultMb: 10_240,
  workspaceQuotaMaxMb: 10_485_760,
  workspaceFilesDefault: 1_000_000,
  workspacesPerTenantDefault: 100,
  dispatchTtlDays: 90,
  auditTtlDays: 365,
  webhooksMax: 10,
  webhookOverlapDefaultSeconds: 86_400,
  webhookOverlapMaxSeconds: 604_800,
  /** One that has failed for so long is disabled. */
  webhookFailingDays: 3,
  webhookAttemptsKept: 20,
  webhookDeliveryTtlDays: 30,
} as const;
