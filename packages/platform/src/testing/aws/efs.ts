import type { AccessPointDescription } from '@aws-sdk/client-efs';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { accessKeyIdOf, closeServer, listen, ServiceFault, type RecordedCall } from './json-service.js';

const ROOT = '/2015-02-01/access-points';
export const TEST_FILE_SYSTEM_ID = 'fs-0123456789abcdef0';

export interface EfsOptions {
  /** Stands for the root of the file system. */
  readonly efsDir: string;
  /** Access points in an answer; 100 by default, as EFS has it. */
  readonly pageSize?: number;
}

export interface EfsServer {
  readonly url: string;
  readonly fileSystemId: string;
  readonly calls: readonly RecordedCall[];
  /** What a mount of the access point leads to, made at the first mount; undefined when there is no such access point. */
  directoryOf(accessPointId: string): Promise<string | undefined>;
  close(): Promise<void>;
}

type AccessPoint = AccessPointDescription & { readonly AccessPointId: string };

interface Request {
  readonly id: string | undefined;
  readonly query: URLSearchParams;
  readonly body: AccessPointDescription;
}

/** Serves the access points of one file system, in EFS's REST protocol, on a free port of loopback. */
export async function startEfs({ efsDir, pageSize = 100 }: EfsOptions): Promise<EfsServer> {
  const calls: RecordedCall[] = [];
  const accessPoints = new Map<string, AccessPoint>();
  const operations = operationsOn(accessPoints, pageSize);

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { operation, ...input } = await parse(request);
    const recorded = { ...input.body, ...Object.fromEntries(input.query), AccessPointId: input.id };
    calls.push({ operation, input: recorded, accessKeyId: accessKeyIdOf(request) });
    return operations[operation](input);
  };
  const server = createServer((request, response) => {
    void answer(request).then(
      (body) => response.writeHead(body === undefined ? 204 : 200).end(JSON.stringify(body)),
      (error: unknown) => {
        const { name, message, status, details } = faultOf(error);
        response.writeHead(status, { 'x-amzn-errortype': name });
        response.end(JSON.stringify({ ErrorCode: name, Message: message, ...details }));
      },
    );
  });
  return {
    url: await listen(server),
    fileSystemId: TEST_FILE_SYSTEM_ID,
    calls,
    async directoryOf(accessPointId) {
      const path = accessPoints.get(accessPointId)?.RootDirectory?.Path;
      if (path === undefined) return undefined;
      const directory = join(efsDir, path);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      return directory;
    },
    close: () => closeServer(server),
  };
}

type OperationName = 'CreateAccessPoint' | 'DescribeAccessPoints' | 'DeleteAccessPoint';

async function parse(request: IncomingMessage): Promise<Request & { readonly operation: OperationName }> {
  const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://efs');
  const sent = await text(request);
  const body = JSON.parse(sent || '{}') as AccessPointDescription;
  const id = pathname.startsWith(`${ROOT}/`) ? pathname.slice(ROOT.length + 1) : undefined;
  if (request.method === 'DELETE' && id !== undefined)
    return { operation: 'DeleteAccessPoint', id, query, body };
  if (pathname !== ROOT) throw new ServiceFault('BadRequest', `No such operation: ${pathname}`);
  const operation = request.method === 'POST' ? 'CreateAccessPoint' : 'DescribeAccessPoints';
  return { operation, id, query, body };
}

function operationsOn(
  accessPoints: Map<string, AccessPoint>,
  pageSize: number,
): Readonly<Record<OperationName, (request: Request) => unknown>> {
  return {
    CreateAccessPoint({ body }) {
      checkFileSystem(body.FileSystemId);
      const known = [...accessPoints.values()].find(({ ClientToken }) => ClientToken === body.ClientToken);
      if (known !== undefined) throw alreadyExists(known);
      const created = {
        ...body,
        AccessPointId: `fsap-${randomBytes(9).toString('hex').slice(1)}`,
        LifeCycleState: 'available' as const,
      };
      accessPoints.set(created.AccessPointId, created);
      return { ...created, LifeCycleState: 'creating' };
    },
    DescribeAccessPoints({ query }) {
      checkFileSystem(query.get('FileSystemId') ?? undefined);
      const all = [...accessPoints.values()];
      const start = Number(query.get('NextToken') ?? 0);
      const end = start + Math.min(Number(query.get('MaxResults') ?? pageSize), pageSize);
      const NextToken = end < all.length ? String(end) : undefined;
      return { AccessPoints: all.slice(start, end), NextToken };
    },
    DeleteAccessPoint({ id = '' }) {
      if (accessPoints.delete(id)) return;
      throw new ServiceFault('AccessPointNotFound', `Access point ${id} does not exist.`, 404);
    },
  };
}

function alreadyExists({ AccessPointId }: AccessPoint): ServiceFault {
  const message = `Access point already exists: ${AccessPointId}`;
  return new ServiceFault('AccessPointAlreadyExists', message, 409, { AccessPointId });
}

function checkFileSystem(fileSystemId: string | undefined): void {
  if (fileSystemId === TEST_FILE_SYSTEM_ID) return;
  throw new ServiceFault('FileSystemNotFound', `File system '${fileSystemId}' does not exist.`, 404);
}

function faultOf(error: unknown): ServiceFault {
  if (error instanceof ServiceFault) return error;
  return new ServiceFault('InternalServerError', error instanceof Error ? error.message : String(error), 500);
}
