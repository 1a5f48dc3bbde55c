import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Serve } from '../route.js';

/** Put beside the program when that is built. */
const SCRIPT = new URL(import.meta.resolve('@outpost/control-plane/scalar.js'));

/** Nothing from elsewhere, and nothing to elsewhere. Styles are written into the page by its own script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const CONFIGURATION = {
  agent: { disabled: true },
  hideClientButton: true,
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  telemetry: false,
  withDefaultFonts: false,
};

// Addresses are relative: the API may have a path before it.
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Outpost API</title>
  </head>
  <body>
    <script id="api-reference" data-url="openapi.json" data-configuration='${JSON.stringify(CONFIGURATION)}'></script>
    <script src="docs/scalar.js"></script>
  </body>
</html>
`;

/** The API as a page. */
export function docsRoutes(serve: Serve): void {
  serve('docs', ({ context }) => {
    context.header('Content-Security-Policy', POLICY);
    context.header('Referrer-Policy', 'no-referrer');
    context.header('X-Content-Type-Options', 'nosniff');
    return context.html(PAGE);
  });

  let packed: Promise<Buffer<ArrayBuffer>> | undefined;
  serve('docsScript', async ({ context }) => {
    context.header('Content-Type', 'text/javascript; charset=utf-8');
    context.header('X-Content-Type-Options', 'nosniff');
    context.header('Cache-Control', 'public, max-age=3600');
    context.header('Vary', 'Accept-Encoding');
    if (!(context.req.header('accept-encoding') ?? '').includes('gzip'))
      return context.body(new Uint8Array(await readFile(SCRIPT)));
    context.header('Content-Encoding', 'gzip');
    // Five megabytes: packed once, when they are first asked for.
    packed ??= readFile(SCRIPT).then(promisify(gzip));
    return context.body(new Uint8Array(await packed));
  });
}
