import { Readable } from 'node:stream';
import type { Services } from '../../services/index.js';
import type { Serve } from '../route.js';
import { originOf } from './dispatches.js';

export function artifactRoutes(serve: Serve, { artifacts }: Pick<Services, 'artifacts'>): void {
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

  serve('downloadArtifact', async ({ params, query, context }) => {
    const { artifact, stream } = await artifacts.download({
      tenantId: query.tenant,
      dispatchId: params.dispatchId,
      name: params.name,
      expires: query.expires,
      signature: query.signature,
    });
    context.header('Content-Type', artifact.contentType);
    context.header('Content-Length', String(artifact.sizeBytes));
    // What an agent wrote is never to run in the origin of the API.
    context.header('Content-Disposition', `attachment; filename="${artifact.name}"`);
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cache-Control', 'private, no-store');
    return context.body(Readable.toWeb(stream) as ReadableStream);
  });
}
