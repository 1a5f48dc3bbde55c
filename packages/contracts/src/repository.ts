import { z } from 'zod';

const GITHUB_SHORTHAND = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[A-Za-z0-9._-]{1,100}$/;
/** What every program reads alike: no backslash, escape or second `@` that moves where the host begins. */
const PLAIN_AUTHORITY =
  /^(file:\/\/|[a-z]+:\/\/([A-Za-z0-9_][\w.-]*@)?([A-Za-z0-9][\w.-]*|\[[0-9A-Fa-f:.]+\])(:\d+)?)(\/[^\s\\]*)?$/;
const SCP_LIKE = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!-)[^\s]+$/;

export type RepositoryKind = 'github' | 'https' | 'http' | 'ssh' | 'local';

/** What a `repo` value means, or undefined when it means nothing. `url` is what git is given. */
export function parseRepository(
  repo: string,
): { readonly kind: RepositoryKind; readonly url: string } | undefined {
  if (GITHUB_SHORTHAND.test(repo)) return { kind: 'github', url: `https://github.com/${repo}.git` };
  if (SCP_LIKE.test(repo)) return { kind: 'ssh', url: repo };
  if (repo.startsWith('/') && !repo.includes('\0')) return { kind: 'local', url: repo };
  return parseUrl(repo);
}

function parseUrl(repo: string): { readonly kind: RepositoryKind; readonly url: string } | undefined {
  if (!URL.canParse(repo) || !PLAIN_AUTHORITY.test(repo)) return undefined;
  const url = new URL(repo);
  // A credential in the URL would end in .git/config, in logs and in the record.
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) return undefined;
  if (url.hostname.startsWith('-')) return undefined;
  if (url.protocol === 'https:' && url.hostname !== '') return { kind: 'https', url: repo };
  if (url.protocol === 'http:' && url.hostname !== '') return { kind: 'http', url: repo };
  if (url.protocol === 'ssh:' && url.hostname !== '') return { kind: 'ssh', url: repo };
  if (url.protocol === 'file:' && url.hostname === '') return { kind: 'local', url: repo };
  return undefined;
}

export const RepositorySchema = z
  .string()
  .max(2_048)
  .refine((value) => parseRepository(value) !== undefined, {
    error:
      'must be owner/name (GitHub), an https or ssh URL without credentials, or in local mode a file:// URL or an absolute path',
  })
  .meta({
    description: 'owner/name (GitHub), an https or ssh URL; in local mode also file:// or a path.',
    example: 'octocat/hello-world',
  });

/** The rules of `git check-ref-format` that matter for a branch name. */
export const BranchSchema = z
  .string()
  .max(255)
  .refine((name) => isBranchName(name), { error: 'must be a git branch name, e.g. main or feature/login' })
  .meta({ example: 'main' });

function isBranchName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- git refuses control characters in a ref
  if (/[\u0000-\u0020\u007f~^:?*[\\]/.test(name) || name.includes('..') || name.includes('@{')) return false;
  if (name.startsWith('-') || name.startsWith('/') || name.endsWith('/') || name.endsWith('.')) return false;
  return (
    name !== '@' &&
    name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
  );
}
