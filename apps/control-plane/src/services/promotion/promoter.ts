import { OutpostError, type Promote, type Promoted, type Promotion } from '@outpost/contracts';
import type {
  ArtifactStore,
  Clock,
  CommitIdentity,
  DispatchKey,
  DispatchStore,
  KnownSecrets,
  PromotionRecord,
  PromotionStore,
  PullRequests,
  ReadyChange,
  RemoteChanges,
} from '@outpost/platform';
import {
  branchUrl,
  hostedRepository,
  hostOf,
  type HostedRepository,
} from '../../domain/hosted-repository.js';
import { isSameRequest, promotionOrder, type PromotionOrder } from '../../domain/promotable.js';
import { commitMessage, pullRequestBody, titleOf } from '../../domain/promotion-text.js';
import { findDispatch } from '../dispatch-log.js';
import type { SecretInjector } from '../secret-injector.js';
import type { Tenants } from '../tenants.js';
import { isKnownSecret, PatchScan, type Finding } from './patch-scan.js';
import {
  branchTaken,
  bundleGone,
  placeOf,
  secretsFound,
  unpreparedError,
  unpushedError,
} from './promotion-errors.js';
import type { PromotionLease } from './promotion-lease.js';
import { PromotionLog } from './promotion-log.js';

export interface PromoterOptions {
  readonly dispatches: DispatchStore;
  readonly artifacts: Pick<ArtifactStore, 'open'>;
  readonly promotions: PromotionStore;
  readonly changes: RemoteChanges;
  readonly pullRequests: PullRequests;
  readonly secrets: Pick<SecretInjector, 'gitToken' | 'hostToken'>;
  readonly knownSecrets: KnownSecrets;
  readonly tenants: Pick<Tenants, 'policyOf'>;
  readonly lease: PromotionLease;
  readonly author: CommitIdentity;
  /** Hosts beside github.com that speak its API. */
  readonly githubHosts: readonly string[];
  /** Whether paths of this machine and plain http are repositories. */
  readonly allowLocal: boolean;
  readonly clock: Clock;
}

export interface PromotionAnswer {
  readonly promotion: Promoted;
  /** Whether it was pushed for the first time. */
  readonly isNew: boolean;
}

/** Takes the change of a dispatch to its repository: as a branch, and as a pull request where the host has them. */
export class Promoter {
  readonly #options: PromoterOptions;

  constructor(options: PromoterOptions) {
    this.#options = options;
  }

  /**
   * Resolves once it is pushed, and the pull request is there. A repeat is answered as before; another request for the
   * same branch brings that in line. Rejects with NOT_FOUND; with CONFLICT when it cannot be done as things are.
   */
  async promote({ tenantId, request }: { tenantId: string; request: Promote }): Promise<PromotionAnswer> {
    const { dispatches, allowLocal, lease } = this.#options;
    const { dispatchId } = request;
    const record = await findDispatch(dispatches, { tenantId, dispatchId });
    const order = promotionOrder(record, request, allowLocal);
    return lease.hold({ tenantId, dispatchId, branch: order.branch }, () => this.attempt(order));
  }

  /** Of one dispatch, by their branches. */
  async shownOf(key: DispatchKey): Promise<Promotion[]> {
    return (await this.#options.promotions.listOf(key)).map(({ shown }) => shown);
  }

  /** For whoever holds the lease. */
  async attempt(order: PromotionOrder): Promise<PromotionAnswer> {
    const { promotions: store, clock } = this.#options;
    const { record, branch, request } = order;
    const { tenantId, dispatchId } = record;
    const earlier = await store.get({ tenantId, dispatchId, branch });
    const done = earlier && answerOf(earlier.shown);
    if (done && earlier.shown.status === 'COMPLETED' && isSameRequest(earlier.request, request))
      return { promotion: done, isNew: false };
    const log = await PromotionLog.begin({ store, clock }, order, earlier);
    try {
      const promotion = await this.#carryOut(order, log, earlier);
      return { promotion, isNew: done === undefined };
    } catch (error) {
      await log.fail(error instanceof OutpostError ? error : internalError());
      throw error;
    }
  }

  async #carryOut(
    order: PromotionOrder,
    log: PromotionLog,
    earlier: PromotionRecord | undefined,
  ): Promise<Promoted> {
    const { record, request } = order;
    const { tenantId } = record;
    const scan = new PatchScan(await this.#options.knownSecrets.valuesOf({ tenantId }));
    const title = scan.scrub(request.title ?? titleOf(record.task));
    const change = await this.#prepare(order, title, log.shown.createdAt);
    try {
      const letThrough = refuseSecrets(await scan.findings(change.added()), request.allowSecretsIn ?? []);
      await this.#push(order, change, log);
      const { commit, baseCommit, isRebased, filesChanged } = change;
      const hosted = hostedRepository(order.repo, this.#options.githubHosts);
      const url = hosted === undefined ? order.repo : branchUrl(hosted, order.branch);
      await log.note({ commit, baseCommit, isRebased, filesChanged, url, title });
      const facts = { ...order, ...change, body: request.body, paths: request.paths };
      const body = scan.scrub(pullRequestBody({ ...facts, letThrough: letThrough.map(describe) }));
      const pullRequest = await this.#pullRequest(order, hosted, { title, body }, earlier);
      return answerOf(await log.note({ ...pullRequest, status: 'COMPLETED' }))!;
    } finally {
      await change.close();
    }
  }

  async #prepare(order: PromotionOrder, title: string, at: string): Promise<ReadyChange> {
    const { artifacts, changes, author } = this.#options;
    const { record, base, request } = order;
    const { tenantId, dispatchId } = record;
    const remote = await this.#remoteOf(order);
    const stored = await artifacts.open({ tenantId, dispatchId, name: 'repo.bundle' });
    if (stored === undefined) throw bundleGone(dispatchId);
    const { baseCommit } = order.changes;
    const message = commitMessage(record, title);
    const { paths } = request;
    const result = await changes.prepare({
      remote,
      dispatchId,
      bundle: stored.stream,
      baseCommit,
      base,
      paths,
      author,
      message,
      at,
    });
    if (result.outcome !== 'ready') throw unpreparedError(order, result);
    return result.change;
  }

  async #remoteOf({ record, repo, url }: PromotionOrder) {
    const { secrets, tenants } = this.#options;
    const { tenantId } = record;
    const token = await secrets.gitToken({ tenantId, repo });
    const { repositoryHosts: hosts } = await tenants.policyOf(tenantId);
    return { url, token, hosts };
  }

  /** Never over a commit that is not its own. What it is about to push is durable before, to be known again. */
  async #push({ branch }: PromotionOrder, change: ReadyChange, log: PromotionLog): Promise<void> {
    const { commit } = change;
    const over = await change.branchAt(branch);
    if (over !== undefined && over !== commit && !log.ownCommits.includes(over)) throw branchTaken(branch);
    await log.note({}, over === undefined ? [commit] : [over, commit]);
    if (over === commit) return;
    const pushed = await change.push({ branch, over });
    if (pushed.outcome !== 'pushed') throw unpushedError(branch, pushed);
  }

  async #pullRequest(
    order: PromotionOrder,
    hosted: HostedRepository | undefined,
    text: { readonly title: string; readonly body: string },
    earlier: PromotionRecord | undefined,
  ): Promise<Partial<Promotion>> {
    const { secrets, tenants, pullRequests } = this.#options;
    const { record, branch: head, base, isDraft, createPr, repo } = order;
    if (!createPr)
      return earlier?.shown.prUrl === undefined ? { note: 'No pull request was asked for.' } : {};
    const { tenantId, dispatchId } = record;
    if (hosted === undefined) return { note: noPullRequests(repo) };
    const { host } = hosted;
    const token = await secrets.hostToken({
      tenantId,
      dispatchId,
      host,
      isEncrypted: hosted.apiUrl.startsWith('https:'),
    });
    if (token === undefined)
      return { note: `There is no token for ${host}, so the branch was pushed without a pull request.` };
    const { repositoryHosts: hosts } = await tenants.policyOf(tenantId);
    const result = await pullRequests.put({ repository: hosted, token, hosts, head, base, ...text, isDraft });
    if (result.outcome === 'open')
      return { prUrl: result.url, prNumber: result.number, isDraft: result.isDraft };
    const message = `The branch ${head} was pushed, but its pull request was not opened: ${result.message}`;
    if (result.outcome === 'refused') throw new OutpostError('CONFLICT', message);
    throw new OutpostError('SERVICE_UNAVAILABLE', `${message}. Repeat the call to go on.`, {
      retryAfterSeconds: 10,
    });
  }
}

function answerOf(shown: Promotion): Promoted | undefined {
  const { commit, url } = shown;
  return commit === undefined || url === undefined ? undefined : { ...shown, commit, url };
}

/** Answers with those that were let through. */
function refuseSecrets(findings: readonly Finding[], allowedPaths: readonly string[]): readonly Finding[] {
  const isAllowed = (finding: Finding) => !isKnownSecret(finding) && allowedPaths.includes(finding.path);
  const refused = findings.filter((finding) => !isAllowed(finding));
  if (refused.length > 0) throw secretsFound(refused);
  return findings;
}

/** What is a fault of Outpost itself is in its log. */
function internalError(): OutpostError {
  return new OutpostError(
    'INTERNAL_ERROR',
    'An internal error. Its cause is in the log of the control plane.',
  );
}

function describe(finding: Finding): string {
  return `${placeOf(finding)} (${finding.rule})`;
}

function noPullRequests(repo: string): string {
  const host = hostOf(repo);
  return host === undefined
    ? 'The repository is a path of this machine: the branch was pushed, and there is nowhere to open a pull request.'
    : `${host} is not known to be GitHub: the branch was pushed, open its pull or merge request there. OUTPOST_GITHUB_HOSTS names GitHub Enterprise Servers.`;
}
