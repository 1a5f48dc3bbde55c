import { z } from 'zod';
import { AgentNameSchema } from './agents.js';
import { Sha256Schema } from './artifacts.js';
import { DispatchStatusSchema, StageTimingsSchema } from './dispatch.js';
import { DispatchIdSchema, TimestampSchema } from './primitives.js';
import { TierNameSchema } from './tiers.js';
import { VerificationSchema } from './verification.js';

/** `manifest.json`: what a run was, and the digest of everything that it left. The worker writes it at its end. */
export const RunManifestSchema = z.strictObject({
  version: z.literal(1),
  dispatchId: DispatchIdSchema,
  tenantId: z.string(),
  status: DispatchStatusSchema,
  agent: AgentNameSchema,
  modelId: z.string(),
  tier: TierNameSchema,
  /** Which CLI it was; absent when it cannot be told, as of a command in its place. */
  cli: z.strictObject({ package: z.string(), version: z.string() }).optional(),
  repo: z.string().optional(),
  branch: z.string().optional(),
  parentDispatchId: DispatchIdSchema.optional(),
  /** What changes.patch applies to. */
  baseCommit: z.string().optional(),
  verification: VerificationSchema.pick({ command: true, passed: true, exitCode: true }).optional(),
  createdAt: TimestampSchema,
  startedAt: TimestampSchema,
  completedAt: TimestampSchema,
  timings: StageTimingsSchema.optional(),
  /** By name. */
  artifacts: z.array(
    z.strictObject({ name: z.string(), sizeBytes: z.int().nonnegative(), sha256: Sha256Schema }),
  ),
});
export type RunManifest = z.infer<typeof RunManifestSchema>;

const KEY = {
  algorithm: z.literal('Ed25519'),
  keyId: z.string().meta({ description: 'SHA-256 of the public key (DER), its first 16 hex digits.' }),
};

export const SignedManifestSchema = z
  .strictObject({
    manifest: z.string().meta({ description: 'manifest.json, byte for byte: what was signed.' }),
    signature: z.string().meta({ description: 'Base64, over the bytes of `manifest`.' }),
    ...KEY,
  })
  .meta({ id: 'SignedManifest' });
export type SignedManifest = z.infer<typeof SignedManifestSchema>;

export const ManifestKeySchema = z
  .strictObject({ ...KEY, publicKey: z.string().meta({ description: 'SPKI, as PEM.' }) })
  .meta({ id: 'ManifestKey', description: 'What signatures of manifests are verified with.' });
export type ManifestKey = z.infer<typeof ManifestKeySchema>;
