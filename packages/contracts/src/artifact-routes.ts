import { z } from 'zod';
import { ArtifactListSchema, ArtifactNameSchema } from './artifacts.js';
import { ManifestKeySchema, SignedManifestSchema } from './manifest.js';
import { DispatchIdSchema } from './primitives.js';
import { ArtifactsQuerySchema, DownloadQuerySchema } from './queries.js';
import type { RouteDefinition } from './route-definition.js';

const dispatchParams = z.strictObject({ dispatchId: DispatchIdSchema });

/** What runs left. */
export const ARTIFACT_ROUTES = {
  listArtifacts: {
    method: 'get',
    path: '/artifacts/:dispatchId',
    access: 'status',
    summary: 'The artifacts of a dispatch, with URLs that expire.',
    params: dispatchParams,
    query: ArtifactsQuerySchema,
    responses: { 200: { description: 'The artifacts.', schema: ArtifactListSchema } },
    errors: ['NOT_FOUND'],
  },
  downloadArchive: {
    method: 'get',
    path: '/artifacts/:dispatchId/archive',
    access: 'status',
    summary: 'All artifacts of a dispatch in one zip, with the signature of its manifest if there is one.',
    params: dispatchParams,
    responses: { 200: { description: 'The bytes.', contentTypes: ['application/zip'] } },
    errors: ['NOT_FOUND'],
  },
  getManifest: {
    method: 'get',
    path: '/artifacts/:dispatchId/manifest',
    access: 'status',
    summary:
      'The manifest of a dispatch that its worker has reported, signed. GET /manifest-key verifies it.',
    params: dispatchParams,
    responses: { 200: { description: 'The manifest and its signature.', schema: SignedManifestSchema } },
    errors: ['NOT_FOUND', 'CONFLICT'],
  },
  manifestKey: {
    method: 'get',
    path: '/manifest-key',
    access: 'public',
    summary: 'The public key that signatures of manifests are verified with.',
    responses: { 200: { description: 'The key.', schema: ManifestKeySchema } },
  },
  downloadArtifact: {
    method: 'get',
    path: '/artifacts/:dispatchId/:name',
    access: 'signed',
    summary: 'Downloads one artifact through a signed URL (local mode; on AWS the URLs lead to S3).',
    params: dispatchParams.extend({ name: ArtifactNameSchema }),
    query: DownloadQuerySchema,
    responses: { 200: { description: 'The bytes.', contentTypes: ['*/*'] } },
    errors: ['AUTHORIZATION_ERROR', 'NOT_FOUND'],
  },
} as const satisfies Record<string, RouteDefinition>;
