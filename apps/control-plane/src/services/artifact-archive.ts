import type { ArtifactStore, DispatchKey } from '@outpost/platform';
import { PassThrough, type Readable } from 'node:stream';
import { ZipFile } from 'yazl';

interface Entry {
  readonly name: string;
  readonly open: () => Promise<Readable>;
}

/**
 * A zip of the artifacts of a dispatch below a directory of its id. Each is opened when it is its turn, and passed on as
 * it comes: never more than a few pieces are in memory. The stream fails when one is gone by then.
 */
export async function zipOfArtifacts(
  store: Pick<ArtifactStore, 'list' | 'open'>,
  { tenantId, dispatchId }: DispatchKey,
  extra: Readonly<Record<string, Buffer>>,
): Promise<Readable> {
  const artifacts = await store.list({ tenantId, dispatchId });
  const entries = artifacts.map(({ name }): Entry => {
    const open = async (): Promise<Readable> => {
      const opened = await store.open({ tenantId, dispatchId, name });
      if (opened === undefined) throw new Error(`${name} of ${dispatchId} is gone.`);
      return opened.stream;
    };
    return { name, open };
  });
  const zip = new ZipFile();
  const output = new PassThrough();
  let current: Readable | undefined;
  output.on('close', () => current?.destroy());
  zip.on('error', (error) => output.destroy(error as Error));
  const passOn = async (
    open: Entry['open'],
    give: (error: null, stream: Readable) => void,
  ): Promise<void> => {
    try {
      const stream = await open();
      current = stream;
      stream.once('error', (error) => output.destroy(error));
      // Nobody listens any more: what was opened is not left open.
      if (output.destroyed) stream.destroy();
      else give(null, stream);
    } catch (error) {
      output.destroy(error as Error);
    }
  };
  for (const { name, open } of entries)
    zip.addReadStreamLazy(`${dispatchId}/${name}`, (give) => void passOn(open, give));
  for (const [name, content] of Object.entries(extra)) zip.addBuffer(content, `${dispatchId}/${name}`);
  zip.end();
  return zip.outputStream.pipe(output);
}
