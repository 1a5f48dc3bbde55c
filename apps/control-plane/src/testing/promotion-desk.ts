import {
  LIMITS,
  promotionBranch,
  type Changes,
  type DispatchRecord,
  type Outcome,
  type PromoteAhead,
  type TerminalStatus,
} from '@outpost/contracts';
import type { ControlPlatform } from '@outpost/platform';
import { serveGit } from '@outpost/platform/testing/git-http-backend';
import {
  CLAIMED,
  costEvent,
  createTemporaryLocalPlatform,
  creation,
  ending,
  startGitHubApi,
  type GitHubApiServer,
  type TemporaryLocalPlatform,
} from '@outpost/platform/testing';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { AuditLogger } from '../services/audit-logger.js';
import { Promoter, type PromoterOptions } from '../services/promotion/promoter.js';
import type { PromotionLeaseOptions } from '../services/promotion/promotion-lease.js';
import { PromotionsAhead } from '../services/promotion/promotions-ahead.js';
import { SecretInjector } from '../services/secret-injector.js';
import type { TenantPolicy } from '../services/tenants.js';
import { promotionLease } from './promotion-lease.js';
import { tenantsOf } from './tenants-of.js';

const run = promisify(execFile);
const PATH = '/usr/local/bin:/usr/bin:/bin';

export const TOKEN = 'ghp_the-token-of-acme';
export const SECRET = 'the-deploy-key-of-acme';

/** Plain git, as a person would use it. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const identity = [
    '-c',
    'user.name=Test',
    '-c',
    'user.email=test@localhost',
    '-c',
    'init.defaultBranch=main',
  ];
  const env = { PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1' };
  return (await run('git', [...identity, ...args], { cwd, env })).stdout.trim();
}

export interface EndedDispatch {
  readonly status?: TerminalStatus;
  readonly repo?: string | undefined;
  readonly task?: string;
  readonly outcome?: Partial<Outcome>;
  /** Whether its worker left a bundle. */
  readonly hasBundle?: boolean;
  readonly promote?: PromoteAhead;
}

/** Promoters of several control planes on one store, and a GitHub Enterprise Server that wants a token. */
export class PromotionDesk {
  readonly local: TemporaryLocalPlatform;
  readonly platform: ControlPlatform;
  readonly api: GitHubApiServer;
  /** The bare repository that is served as octo/cart. */
  readonly remote: string;
  readonly repo: string;
  /** Whether the git server fails. */
  isDown = false;
  /** Whether the token may only read. */
  isReadOnly = false;
  /** How many pushes it was asked for. */
  pushes = 0;
  readonly #directory: string;

  private constructor(parts: { local: TemporaryLocalPlatform; api: GitHubApiServer; directory: string }) {
    this.local = parts.local;
    this.platform = this.local.open();
    this.api = parts.api;
    this.#directory = parts.directory;
    this.remote = join(parts.directory, 'octo/cart.git');
    this.repo = `${this.api.origin}/octo/cart.git`;
  }

  static async open(): Promise<PromotionDesk> {
    const directory = await mkdtemp(join(tmpdir(), 'outpost-promotion-'));
    const local = await createTemporaryLocalPlatform();
    await mkdir(local.dataDir, { mode: 0o700 });
    const own = { git: { '127.0.0.1': TOKEN }, secrets: { DEPLOY_KEY: SECRET } };
    await writeFile(join(local.dataDir, 'secrets.json'), JSON.stringify({ tenants: { acme: own } }), {
      mode: 0o600,
    });
    const isAllowed = (authorization = ''): boolean =>
      Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
        .toString()
        .endsWith(`:${TOKEN}`);
    let desk: PromotionDesk | undefined;
    const api = await startGitHubApi([TOKEN], (request, response) => {
      if (request.method === 'POST' && request.url?.endsWith('git-receive-pack') === true) desk!.pushes += 1;
      if (desk!.isDown) response.writeHead(503).end();
      else if (desk!.isReadOnly && request.url?.includes('git-receive-pack') === true)
        response.writeHead(403).end();
      else if (isAllowed(request.headers.authorization))
        serveGit({ path: PATH, root: directory }, request, response);
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    });
    desk = new PromotionDesk({ local, api, directory });
    await desk.#makeRemote();
    return desk;
  }

  async #makeRemote(): Promise<void> {
    const work = join(this.#directory, 'work');
    await mkdir(work, { recursive: true });
    await git(work, 'init', '-q');
    await this.#write(work, { 'readme.md': 'hello\n', 'lines.txt': 'one\ntwo\nthree\n' });
    await git(work, 'add', '.');
    await git(work, 'commit', '-qm', 'first');
    await git(this.#directory, 'clone', '-q', '--bare', work, this.remote);
  }

  async #write(directory: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
  }

  /** Another's commit on a branch of the remote. */
  async commitToRemote(branch: string, files: Readonly<Record<string, string>>): Promise<string> {
    const clone = join(this.#directory, `clone-${randomUUID()}`);
    await git(this.#directory, 'clone', '-q', '-b', 'main', this.remote, clone);
    if (branch !== 'main') await git(clone, 'switch', '-qc', branch);
    await this.#write(clone, files);
    await git(clone, 'add', '-A');
    await git(clone, 'commit', '-qm', 'by another');
    await git(clone, 'push', '-q', 'origin', branch);
    return git(clone, 'rev-parse', 'HEAD');
  }

  /** A dispatch of tenant acme whose agent wrote these files, ended and collected. */
  async dispatch(
    files: Readonly<Record<string, string | Buffer>>,
    ended: EndedDispatch = {},
  ): Promise<DispatchRecord> {
    return this.end(await this.accept(ended), files, ended);
  }

  /** One that has a slot, and that no worker has taken. */
  async accept({ task = 'Fix the cart.', promote, ...ended }: EndedDispatch = {}): Promise<DispatchRecord> {
    const repo = 'repo' in ended ? ended.repo : this.repo;
    const { dispatches } = this.platform;
    const ttl = Math.floor(this.local.clock.now() / 1_000) + LIMITS.dispatchTtlDays * 86_400;
    const own = {
      ...(promote !== undefined && { promote }),
      ...(repo !== undefined && { repo, branch: 'main' }),
    };
    const created = await dispatches.create(creation({ task, ttl, ...own }));
    if (created.outcome !== 'created') throw new Error(created.outcome);
    return created.record;
  }

  /** As a worker ends it whose agent wrote these files. */
  async end(
    record: DispatchRecord,
    files: Readonly<Record<string, string | Buffer>>,
    { status = 'COMPLETED', outcome = {}, hasBundle = true }: EndedDispatch = {},
  ): Promise<DispatchRecord> {
    const { dispatches, artifacts } = this.platform;
    const key = { tenantId: record.tenantId, dispatchId: record.dispatchId };
    const { changes, bundleFile } = await this.#collect(record, files);
    if (hasBundle) await artifacts.put({ ...key, name: 'repo.bundle', body: { file: bundleFile } });
    await dispatches.move({ ...key, move: CLAIMED });
    const move = ending(status, { changes, ...outcome });
    await dispatches.move({ ...key, move, event: costEvent(record, status) });
    return (await dispatches.get(key))!;
  }

  async #collect(
    { dispatchId }: DispatchRecord,
    files: Readonly<Record<string, string | Buffer>>,
  ): Promise<{ changes: Changes; bundleFile: string }> {
    const clone = join(this.#directory, dispatchId);
    await git(this.#directory, 'clone', '-q', '-b', 'main', this.remote, clone);
    const baseCommit = await git(clone, 'rev-parse', 'HEAD');
    await this.#write(clone, files);
    await git(clone, 'add', '-A');
    const tip = await git(
      clone,
      'commit-tree',
      await git(clone, 'write-tree'),
      '-p',
      baseCommit,
      '-m',
      'Changes',
    );
    const ref = `refs/heads/${promotionBranch(dispatchId)}`;
    await git(clone, 'update-ref', ref, tip);
    const bundleFile = join(clone, 'repo.bundle');
    await git(clone, 'bundle', 'create', '-q', bundleFile, ref, `^${baseCommit}`);
    const filesChanged = Object.keys(files).length;
    return { changes: { baseCommit, filesChanged, insertions: filesChanged, deletions: 0 }, bundleFile };
  }

  /** As another control plane has it. */
  promoter(overrides: Partial<PromoterOptions> = {}, lease: Partial<PromotionLeaseOptions> = {}): Promoter {
    const platform = this.local.open();
    const { clock } = this.local;
    const logger = pino({ level: 'silent' });
    const audit = new AuditLogger({ store: platform.audit, clock, logger });
    return new Promoter({
      ...platform,
      secrets: new SecretInjector({ secrets: platform.secrets, audit }),
      tenants: tenantsOf({}),
      lease: promotionLease(platform, lease),
      author: { name: 'Outpost', email: 'outpost@localhost' },
      githubHosts: ['127.0.0.1'],
      allowLocal: true,
      clock,
      ...overrides,
    });
  }

  /** What sees to promotions that were asked for with their dispatch, on a control plane of its own. */
  ahead(
    promoter: Pick<Promoter, 'attempt'> = this.promoter(),
    policy: Partial<TenantPolicy> = {},
  ): PromotionsAhead {
    const platform = this.local.open();
    const { clock } = this.local;
    const logger = pino({ level: 'silent' });
    const audit = new AuditLogger({ store: platform.audit, clock, logger });
    return new PromotionsAhead({
      ...platform,
      secrets: new SecretInjector({ secrets: platform.secrets, audit }),
      tenants: tenantsOf(policy),
      promoter,
      lease: promotionLease(platform),
      allowLocal: true,
      clock,
      logger,
    });
  }

  async show(branch: string, path: string): Promise<string> {
    return git(this.remote, 'show', `${branch}:${path}`);
  }

  async close(): Promise<void> {
    await this.api.close();
    await this.local.cleanup();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
