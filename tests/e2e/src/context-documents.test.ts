import { LIMITS, type AuditPage, type ContextDocument, type Dispatch } from '@outpost/contracts';
import {
  fakeAgentEnv,
  makeRepository,
  shellTask,
  SITES,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const SECRET = 'context-secret-0123456789abcdef';

interface ContextJson {
  readonly budgetTokens: number;
  readonly totalTokens: number;
  readonly redactions: number;
  readonly sections: readonly { readonly name: string; readonly source: string }[];
}

describe.each(SITES)('context documents on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;
  let repo: string;

  beforeAll(async () => {
    site = await open();
    await site.putSecrets({ DEPLOY_KEY: SECRET });
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
    repo = await site.repositoryUrl(
      await makeRepository({
        'README.md': '# Cart\n',
        'ROADMAP.md': 'Next: the till.\n',
        'AGENTS.md': 'Rules.\n',
      }),
    );
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const put = (name: string, content: string, key?: string) =>
    outpost.call<ContextDocument>('PUT', `/context-documents/${name}`, {
      json: { content },
      ...(key !== undefined && { key }),
    });

  /** What an agent was told, and what context.json says of it. */
  async function told(contextLevel: string): Promise<{ prompt: string; context: ContextJson }> {
    const task = shellTask('cp "$TMPDIR/prompt.md" prompt.txt');
    const { dispatchId } = await outpost.dispatch({
      agent: 'claude',
      task,
      repo,
      contextLevel,
      secrets: ['DEPLOY_KEY'],
    });
    const ended: Dispatch = await outpost.ended(dispatchId);
    expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
    const context = JSON.parse(await outpost.artifact(dispatchId, 'context.json')) as ContextJson;
    return { prompt: await outpost.artifact(dispatchId, 'changes.patch'), context };
  }

  it('reach the agents of their tenant, scrubbed and within the budget of the level', async () => {
    await put('PROFILE', `Strict TypeScript. Never print ${SECRET}.`);
    await put('SOUL', 'Small steps.');
    await put('ROADMAP', 'Not read: the repository has one.');
    const standard = await told('standard');
    expect(standard.prompt).toContain('Strict TypeScript. Never print [REDACTED].');
    expect(standard.prompt).not.toContain('Rules.');
    expect(standard.context).toMatchObject({ budgetTokens: 1_200, redactions: 1 });
    expect(standard.context.sections.map(({ name, source }) => [name, source])).toEqual([
      ['SOUL', 'tenant SOUL'],
      ['PROFILE', 'tenant PROFILE'],
      ['JOURNAL', 'git log'],
    ]);
    const full = await told('full');
    expect(full.context.sections.at(-1)).toMatchObject({ name: 'ROADMAP', source: 'ROADMAP.md' });
    const minimal = await told('minimal');
    expect(minimal.prompt).not.toContain('Strict TypeScript');
    for (const { context } of [standard, full, minimal])
      expect(context.totalTokens).toBeLessThanOrEqual(context.budgetTokens);
  });

  it('are replaced, shown, listed and deleted', async () => {
    const first = await put('ANCHORS', 'The API never breaks.');
    expect(first).toMatchObject({ status: 200, body: { name: 'ANCHORS', content: 'The API never breaks.' } });
    const { body: second } = await put('ANCHORS', 'The API may break.');
    expect((await outpost.call('GET', '/context-documents/ANCHORS')).body).toEqual(second);
    const listed = await outpost.call<{ documents: ContextDocument[] }>('GET', '/context-documents');
    expect(listed.body.documents).toContainEqual(second);
    expect(await outpost.call('DELETE', '/context-documents/ANCHORS')).toMatchObject({
      status: 200,
      body: second,
    });
    for (const method of ['GET', 'DELETE'])
      expect(await outpost.call(method, '/context-documents/ANCHORS')).toMatchObject({ status: 404 });
  });

  it('are the own of each tenant, written by admins only, and audited', async () => {
    const other = await site.tenantKey('another', ['admin']);
    await put('PROFILE', 'Of another tenant.', other);
    const mine = await outpost.call('GET', '/context-documents');
    expect(JSON.stringify(mine.body)).not.toContain('Of another tenant.');
    const reader = await site.tenantKey('another', ['list']);
    expect(await put('PROFILE', 'No.', reader)).toMatchObject({ status: 403 });
    expect(await outpost.call('GET', '/context-documents/PROFILE', { key: reader })).toMatchObject({
      status: 200,
      body: { content: 'Of another tenant.' },
    });
    const entry = { action: 'context_document.put', resource: 'context-documents/PROFILE' };
    await vi.waitFor(async () => {
      const { body } = await outpost.call<AuditPage>('GET', '/audit', { key: other });
      expect(body.entries).toContainEqual(expect.objectContaining({ ...entry, outcome: 'success' }));
      expect(body.entries).toContainEqual(expect.objectContaining({ ...entry, outcome: 'denied' }));
    });
  });

  it('are refused under another name, empty, or too long', async () => {
    expect(await put('JOURNAL', 'Yesterday.')).toMatchObject({ status: 400 });
    for (const content of [' \n', 'x'.repeat(LIMITS.contextDocumentMaxCharacters + 1), 'a\0b'])
      expect(await put('PROFILE', content)).toMatchObject({
        status: 400,
        body: { error: { details: [{ path: 'body.content' }] } },
      });
  });
});
