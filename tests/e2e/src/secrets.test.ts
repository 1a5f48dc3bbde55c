import {
  git,
  makeFakeAgent,
  makeRepository,
  Outpost,
  secretForms,
  shellTask,
  temporaryDirectory,
} from '@outpost/test-support';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROVIDER_KEY = 'sk-ant-api03-THIS/is+the=provider"key\\0123456789';
const TENANT_SECRET = 'tenant-secret-äöü-9876543210';

let outpost: Outpost;
let repo: string;

beforeAll(async () => {
  const dataDir = await temporaryDirectory();
  repo = await makeRepository();
  const secrets = { tenants: { default: { secrets: { DEPLOY_KEY: TENANT_SECRET } } } };
  await writeFile(join(dataDir, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 });
  outpost = await Outpost.start({
    dataDir,
    env: { OUTPOST_AGENT_COMMAND_CLAUDE: await makeFakeAgent(dataDir), ANTHROPIC_API_KEY: PROVIDER_KEY },
  });
});
afterAll(() => outpost.stop());

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

it('a secret that the agent prints, writes or encodes appears nowhere', async () => {
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    repo,
    secrets: ['DEPLOY_KEY'],
    task: shellTask(`
      printf 'whole %s and %s\\n' "$ANTHROPIC_API_KEY" "$DEPLOY_KEY"
      printf '%s' "$DEPLOY_KEY" | head -c 9; sleep 0.3; printf '%s\\n' "$DEPLOY_KEY" | tail -c +10
      printf '%s' "$ANTHROPIC_API_KEY" | base64 -w0; echo
      printf 'user:%s' "$DEPLOY_KEY" | base64 -w0; echo
      printf '%s' "$DEPLOY_KEY" | base64; printf '%s' "$DEPLOY_KEY" | od -An -v -tx1 | tr -d ' \\n'; echo
      echo "stderr $DEPLOY_KEY" >&2
      printf 'key = %s\\n' "$ANTHROPIC_API_KEY" > leaked.txt
      ln -s "$DEPLOY_KEY" leaked-link`),
  });
  const ended = await outpost.ended(dispatchId);
  expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
  const log = await outpost.artifact(dispatchId, 'output.log');
  expect(log).toContain('whole [REDACTED] and [REDACTED]');
  expect(log).toContain('stderr [REDACTED]');

  const answers = [JSON.stringify(ended), JSON.stringify(await outpost.logs(dispatchId))];
  const bundle = await unpackedBundle(dispatchId);
  const stored = (await filesBelow(outpost.dataDir)).filter((file) => !file.endsWith('secrets.json'));
  const contents = await Promise.all(stored.map((file) => readFile(file, 'latin1')));
  for (const form of [...secretForms(PROVIDER_KEY), ...secretForms(TENANT_SECRET)]) {
    const bytes = Buffer.from(form).toString('latin1');
    expect([...answers, bundle].filter((text) => text.includes(form))).toEqual([]);
    expect(stored.filter((_, index) => contents[index]!.includes(bytes))).toEqual([]);
  }
});

/** All blobs of the bundle, as text: in the bundle itself they are compressed. */
async function unpackedBundle(dispatchId: string): Promise<string> {
  const directory = await temporaryDirectory();
  const file = join(directory, 'repo.bundle');
  await writeFile(file, await outpost.artifactBytes(dispatchId, 'repo.bundle'));
  await git(repo, 'fetch', '--quiet', file, `refs/heads/outpost/${dispatchId}`);
  const names = await git(repo, 'ls-tree', '-r', 'FETCH_HEAD');
  const blobs = await Promise.all(
    names.split('\n').map((line) => git(repo, 'cat-file', 'blob', line.split(/\s/)[2]!)),
  );
  expect(blobs.join('\n')).toContain('key = [REDACTED]');
  return [names, ...blobs].join('\n');
}
