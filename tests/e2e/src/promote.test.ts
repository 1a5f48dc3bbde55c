import type { AuditPage, Dispatch, ErrorBody, Promoted, Promotion } from '@outpost/contracts';
import {
  fakeAgentEnv,
  git,
  shellTask,
  SITES,
  startGitHubEnterprise,
  temporaryDirectory,
  until,
  type GitHubEnterprise,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TOKEN = 'ghp_the-token-that-must-not-show-5f1d';

/** What a push looks like from where it arrives: all command lines of the machine, and where the token lies. */
function spyingHook(directory: string, places: readonly string[]): string {
  const found = places.map((place) => `'${place}'`).join(' ');
  return `#!/bin/sh
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' > '${directory}/arguments'
grep -rlF 'the-token-that-must-not-show' ${found} /tmp/askpass-* 2>/dev/null > '${directory}/files'
cat > /dev/null
`;
}

describe.each(SITES)('POST /promote on $name', ({ open }) => {
  let site: Site;
  let host: GitHubEnterprise;
  let env: Record<string, string>;
  let outpost: Outpost;
  let second: Outpost;

  beforeAll(async () => {
    site = await open();
    host = await startGitHubEnterprise([TOKEN]);
    await site.trust(host.certificateFile);
    await site.putGitToken({ host: '127.0.0.1', token: TOKEN });
    env = {
      ...(await fakeAgentEnv(site.directory)),
      OUTPOST_GITHUB_HOSTS: '127.0.0.1',
      OUTPOST_COMMIT_AUTHOR: 'Fleet <fleet@example.com>',
      NODE_EXTRA_CA_CERTS: host.certificateFile,
    };
    outpost = await site.start({ env });
    second = (await site.start({ env, apiKey: outpost.apiKey })).as(outpost.apiKey);
  });
  afterAll(async () => {
    await outpost.stop();
    await second.stop();
    await host.close();
    await site.close();
  });

  const promote = (json: object, { on = outpost, key }: { on?: Outpost; key?: string } = {}) =>
    on.as(key ?? on.apiKey).call<Promoted & ErrorBody>('POST', '/promote', { json });

  let count = 0;
  const ended = async (script = 'echo "Better." >> README.md', more: object = {}) => {
    count += 1;
    const { url, path } = await host.add(`octo/cart-${count}`);
    const task = shellTask(script);
    const { dispatchId } = await outpost.dispatch({ agent: 'claude', task, repo: url, ...more });
    return { dispatch: await outpost.ended(dispatchId), path, url };
  };

  it('pushes to a host that wants the token, which shows nowhere', async () => {
    const { dispatch, path } = await ended();
    const { dispatchId } = dispatch;
    const spied = await temporaryDirectory();
    const hook = spyingHook(spied, [join(site.directory, 'git')]);
    await writeFile(join(path, 'hooks/pre-receive'), hook, { mode: 0o755 });
    const { status, body, headers } = await promote({ dispatchId });
    expect([status, headers.get('location')]).toEqual([201, `/dispatch/${dispatchId}`]);
    const branch = `outpost/${dispatchId}`;
    expect(body).toMatchObject({
      branch,
      base: 'main',
      status: 'COMPLETED',
      filesChanged: 1,
      isRebased: false,
    });
    expect(await git(path, 'show', `${branch}:README.md`)).toContain('Better.');
    expect(await git(path, 'log', '-1', '--format=%H %an <%ae>', branch)).toBe(
      `${body.commit} Fleet <fleet@example.com>`,
    );
    const pull = host.api.pulls.find(({ html_url: url }) => url === body.prUrl);
    expect(pull).toMatchObject({ head: branch, title: 'Run this script, please.' });
    const argumentsSeen = await readFile(join(spied, 'arguments'), 'utf8');
    expect(argumentsSeen).toContain('push --porcelain');
    expect(argumentsSeen).not.toContain(TOKEN);
    expect(await readFile(join(spied, 'files'), 'utf8')).toBe('');
    const { stdout } = await execa('grep', ['-rlF', TOKEN, site.directory], { reject: false });
    expect(stdout.split('\n').filter((file) => file !== '' && !file.endsWith('/secrets.json'))).toEqual([]);
    expect(JSON.stringify([body, host.api.pulls])).not.toContain(TOKEN);
  });

  it('is shown with its dispatch, recorded, and answered again', async () => {
    const { dispatch } = await ended();
    const { dispatchId } = dispatch;
    const first = await promote({ dispatchId, title: 'Say more', draft: true });
    const again = await promote({ dispatchId, title: 'Say more', draft: true }, { on: second });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect((await outpost.get(dispatchId)).promotions).toEqual([first.body]);
    const entry = await until(async () => {
      const { body } = await outpost.call<AuditPage>('GET', '/audit?action=dispatch.promote&limit=100');
      return body.entries.find((each) => each.dispatchId === dispatchId);
    });
    expect(entry).toMatchObject({ outcome: 'success', resource: `dispatch/${dispatchId}` });
  });

  it('does once what is asked of two control planes at once', async () => {
    const { dispatch } = await ended();
    const { dispatchId } = dispatch;
    const before = host.api.pulls.length;
    const answers = await Promise.all(
      [outpost, second, outpost, second].map((on) => promote({ dispatchId }, { on })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(host.api.pulls).toHaveLength(before + 1);
  });

  it(
    'is finished by another control plane when the first is killed before the pull request',
    { timeout: 120_000 },
    async () => {
      const { dispatch, path } = await ended();
      const { dispatchId } = dispatch;
      const doomed = await site.start({ env, apiKey: outpost.apiKey });
      const isOpening = ({ method, body }: { method: string; body: unknown }) =>
        method === 'POST' && JSON.stringify(body).includes(dispatchId);
      const met = host.api.interfere(isOpening);
      const lost = promote({ dispatchId }, { on: doomed }).catch((error: unknown) => error);
      await met;
      const pushed = await git(path, 'rev-parse', `outpost/${dispatchId}`);
      await doomed.kill();
      expect(await lost).toBeInstanceOf(Error);
      const { status, body } = await promote({ dispatchId });
      expect(status).toBe(200);
      expect(body).toMatchObject({ commit: pushed, status: 'COMPLETED' });
      expect(host.api.pulls.filter(({ head }) => head === `outpost/${dispatchId}`)).toHaveLength(1);
    },
  );

  it('is refused for what failed, for another tenant, without the scope, and for bad input', async () => {
    const { dispatch } = await ended('echo half > half.txt; exit 1');
    const { dispatchId } = dispatch;
    expect(dispatch.status).toBe('FAILED');
    expect(await promote({ dispatchId })).toMatchObject({
      status: 409,
      body: { error: { code: 'CONFLICT' } },
    });
    const stranger = await site.tenantKey('globex', ['promote', 'status']);
    expect(await promote({ dispatchId }, { key: stranger })).toMatchObject({ status: 404 });
    const weak = await site.tenantKey('default', ['dispatch', 'status']);
    expect(await promote({ dispatchId }, { key: weak })).toMatchObject({ status: 403 });
    for (const [json, where] of [
      [{}, 'body.dispatchId'],
      [{ dispatchId, branch: 'a..b' }, 'body.branch'],
      [{ dispatchId, branch: '--force' }, 'body.branch'],
      [{ dispatchId, branch: 'refs/heads/x' }, 'body.branch'],
      [{ dispatchId, base: 'HEAD' }, 'body.base'],
      [{ dispatchId, paths: [] }, 'body.paths'],
      [{ dispatchId, paths: ['../x'] }, 'body.paths.0'],
      [{ dispatchId, paths: ['a/.git/config'] }, 'body.paths.0'],
      [{ dispatchId, title: 'two\nlines' }, 'body.title'],
      [{ dispatchId, force: true }, 'body.force'],
    ] as const) {
      const { status, body } = await promote(json);
      expect(status, where).toBe(400);
      expect(body.error.details?.[0]?.path, JSON.stringify(json)).toBe(where);
    }
    const { body } = await promote({ dispatchId, evenIfIncomplete: true });
    expect(body).toMatchObject({ status: 'COMPLETED' });
  });

  it('may be asked for with the dispatch, and is carried out when that completes', async () => {
    const { dispatch, path } = await ended(undefined, {
      promote: { branch: 'fix/readme', title: 'A better README' },
    });
    const { dispatchId } = dispatch;
    const done = ({ promotions }: Dispatch): Promotion | undefined =>
      promotions?.find(({ status }) => status !== 'WAITING' && status !== 'RUNNING');
    const shown = done(await outpost.waitFor(dispatchId, (each) => done(each) !== undefined));
    expect(shown).toMatchObject({ status: 'COMPLETED', branch: 'fix/readme', isAhead: true });
    expect(await git(path, 'rev-parse', 'fix/readme')).toBe(shown!.commit);
    expect(host.api.pulls.find(({ html_url: url }) => url === shown!.prUrl)?.title).toBe('A better README');
  });

  it('is refused with the dispatch, before anything runs, where nothing could be pushed', async () => {
    const { url, path } = await host.add('octo/locked');
    await git(path, 'config', 'http.receivepack', 'false');
    const json = { agent: 'claude', task: shellTask('true'), repo: url, promote: {} };
    const { status, body } = await outpost.call<ErrorBody>('POST', '/dispatch', { json });
    expect(status).toBe(409);
    expect(body.error.message).toContain('could not push to');
    const key = await site.tenantKey('default', ['dispatch']);
    expect((await outpost.call('POST', '/dispatch', { json, key })).status).toBe(403);
  });
});
