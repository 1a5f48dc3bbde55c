import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startGitServer } from './git-server.js';
import { git, temporaryDirectory } from './repository.js';

export interface GitHub {
  /** Leads a git that has it to this server by the name github.com. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts a copy of a repository of this machine there, as `owner/name`. */
  add(params: { readonly name: `${string}/${string}`; readonly repository: string }): Promise<void>;
  close(): Promise<void>;
}

/** Stands for github.com, behind a proxy of loopback. It wants one of the tokens. */
export async function startGitHub({ tokens }: { readonly tokens: readonly string[] }): Promise<GitHub> {
  const root = await temporaryDirectory();
  const server = await startGitServer({ tokens });
  const { hostname, port } = new URL(server.urlOf(root));
  const proxy = createServer();
  proxy.on('connect', ({ url }, client, head) => {
    if (url !== 'github.com:443') return void client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect({ host: hostname, port: Number(port) }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port: proxyPort } = proxy.address() as AddressInfo;
  return {
    env: { HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`, GIT_SSL_CAINFO: server.certificateFile },
    async add({ name, repository }) {
      await git(root, 'clone', '--quiet', '--bare', repository, join(root, `${name}.git`));
      server.urlOf(join(root, name.split('/')[0]!));
    },
    async close() {
      await server.close();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
