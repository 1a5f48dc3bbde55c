import type { Context } from 'hono';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';
import { originOf } from './dispatches.js';

export function artifactRoutes(
  serve: Serve,
  { artifacts, manifests }: Pick<Services, 'artifacts' | 'manifests'>,
): void {
  serve('listArtifacts', async ({ principal, params, query, context }) =>
    context.json(
      await artifacts.list({
        tenantId: principal.tenantId,
        dispatchId: params.dispatchId,
        expiresInSeconds: query.expiresIn,
        origin: originOf(context),
      }),
    ),
  );

  serve('downloadArchive', async ({ principal: { tenantId }, params: { dispatchId }, context }) =>
    download(context, await artifacts.archive({ tenantId, dispatchId }), {
      contentType: 'application/zip',
      fileName: `${dispatchId}.zip`,
    }),
  );

  serve('getManifest', async ({ principal: { tenantId }, params: { dispatchId }, context }) =>
    context.json(await manifests.signed({ tenantId, dispatchId })),
  );

  serve('manifestKey', async ({ context }) => context.json(await manifests.key()));

  serve('downloadArtifact', async ({ params, query, context }) => {
    const { artifact, stream } = await artifacts.download({
      tenantId: query.tenant,
      dispatchId: params.dispatchId,
      name: params.name,
      expires: query.expires,
      signature: query.signature,
    });
    context.header('Content-Length', String(artifact.sizeBytes));
    return download(context, stream, {
      contentType: artifact.contentType,
      fileName: basename(artifact.name),
    });
  });
}

function download(
  context: Context,
  stream: Readable,
  { contentType, fileName }: { readonly contentType: string; readonly fileName: string },
): Response {
  context.header('Content-Type', contentType);
  // What an agent wrote is never to run in the origin of the API.
  context.header('Content-Disposition', `attachment; filename="${fileName}"`);
  context.header('X-Content-Type-Options', 'nosniff');
  context.header('Cache-Control', 'private, no-store');
  return context.body(Readable.toWeb(stream) as ReadableStream);
}
