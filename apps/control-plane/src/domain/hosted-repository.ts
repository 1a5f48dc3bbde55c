import { parseRepository } from '@outpost/contracts';

/** A repository on GitHub or on a GitHub Enterprise Server. */
export interface HostedRepository {
  readonly host: string;
  readonly apiUrl: string;
  readonly owner: string;
  readonly name: string;
  /** For a browser. */
  readonly webUrl: string;
}

const GITHUB = 'github.com';

/** Undefined for a repository that is on none of these hosts. `githubHosts`: names beside github.com. */
export function hostedRepository(repo: string, githubHosts: readonly string[]): HostedRepository | undefined {
  const place = placeOf(repo);
  if (place === undefined) return undefined;
  const { host, origin, path } = place;
  const [owner, name, ...rest] = path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .split('/');
  if (!owner || !name || rest.length > 0) return undefined;
  if (host !== GITHUB && !githubHosts.includes(host)) return undefined;
  const apiUrl = host === GITHUB ? 'https://api.github.com' : `${origin}/api/v3`;
  return { host, apiUrl, owner, name, webUrl: `${origin}/${owner}/${name}` };
}

/** The host of a repository; undefined for a path. */
export function hostOf(repo: string): string | undefined {
  return placeOf(repo)?.host;
}

interface Place {
  readonly host: string;
  /** Where its web server is. */
  readonly origin: string;
  readonly path: string;
}

function placeOf(repo: string): Place | undefined {
  const parsed = parseRepository(repo);
  if (parsed === undefined || parsed.kind === 'local') return undefined;
  const [, scpHost, scpPath] = /^[^/@]+@([^/:]+):([^:].*)$/.exec(parsed.url) ?? [];
  if (scpHost !== undefined) return { host: scpHost, origin: `https://${scpHost}`, path: scpPath! };
  const { hostname: host, origin, pathname: path } = new URL(parsed.url);
  return { host, origin: parsed.kind === 'ssh' ? `https://${host}` : origin, path };
}

/** Where a branch can be looked at. */
export function branchUrl({ webUrl }: HostedRepository, branch: string): string {
  return `${webUrl}/tree/${branch.split('/').map(encodeURIComponent).join('/')}`;
}
