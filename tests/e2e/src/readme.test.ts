import {
  AGENTS_DIR,
  git,
  listeningUrl,
  makeRepository,
  PATH,
  REPOSITORY_ROOT,
  until,
  workerProcesses,
} from '@outpost/test-support';
import { execa } from 'execa';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const README = readFileSync(join(REPOSITORY_ROOT, 'README.md'), 'utf8');
const hasCodex = existsSync(join(AGENTS_DIR, 'codex', 'node_modules', '.bin', 'codex'));
if (!hasCodex) console.warn('SKIPPED: codex is not installed. Run: npm run outpost -- agents install codex');

/** The commands of the walk through, without its first block: that one starts what the others talk to. */
function walkThrough(): string {
  const section = README.split('## A walk through the API')[1]!.split('\n## ')[0]!;
  const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]!);
  return blocks.slice(1).join('\n');
}

it.skipIf(!hasCodex)('the walk through the API in the README works as it stands', async () => {
  const repo = await makeRepository();
  // The README says what to do where no sandbox works, as in a directory of its owner's alone.
  const env = { PATH, HOME: repo, OUTPOST_AGENTS_DIR: AGENTS_DIR, OUTPOST_SANDBOX: 'none' };
  const cli = join(REPOSITORY_ROOT, 'packages/cli/bin/outpost.js');
  const up = ['up', '--scripted-model', '--port', '0', '--data-dir', join(repo, '.outpost')];
  const server = execa(process.execPath, [cli, ...up], {
    cwd: repo,
    extendEnv: false,
    env,
    stdin: 'ignore',
    stderr: 'ignore',
    buffer: false,
    reject: false,
  });
  try {
    const url = await listeningUrl(server.stdout);
    const script = walkThrough().replace('OUTPOST_URL=http://127.0.0.1:3000', `OUTPOST_URL=${url}`);
    const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: repo,
      extendEnv: false,
      env,
    });
    expect(stdout).toContain('"agent":"codex","displayName":"OpenAI Codex"');
    expect(stdout).toContain('"status":"PENDING"');
    expect(stdout).toContain('event: end\ndata: {"status":"COMPLETED"}');
    expect(stdout).toMatch(/NOTES\.md \| +\d+ \+/);
    expect(stdout).toContain('"name":"repo.bundle"');
    expect(stdout).toContain('"runs":[{');
    expect(stdout).toContain('"code":"CONFLICT"');
    expect(stdout).toMatch(/"key":"otp_[0-9a-f]{64}"/);
    expect(stdout).toContain('"resource":"secret/agents/codex"');
    expect(await git(repo, 'branch', '--list', 'outpost/*')).toMatch(/^ *outpost\/[0-9A-Z]{26}$/);
    expect(await git(repo, 'status', '--porcelain', '--', 'changes.patch')).toBe('?? changes.patch');
  } finally {
    server.kill('SIGTERM');
    await server;
    // The walk does not wait for its last dispatch, whose agent would ask a model that is gone again and again.
    for (const pid of workerProcesses(repo)) process.kill(pid, 'SIGTERM');
    await until(async () => workerProcesses(repo).length === 0 || undefined);
  }
});

const VARIABLE = /\b(PORT|HOST|AWS_REGION|OUTPOST_[A-Z_]+|[A-Z_]+_(API_KEY|API_BASE|BASE_URL))\b/g;

function variablesIn(...texts: string[]): string[] {
  const named = new Set(texts.join('\n').match(VARIABLE));
  for (const example of ['OUTPOST_AGENT_COMMAND_CLAUDE', 'OUTPOST_AGENT_IMAGE_CLAUDE']) named.delete(example);
  return [...named].toSorted();
}

const sourceOf = (file: string): string => readFileSync(join(REPOSITORY_ROOT, file), 'utf8');
const section = (text: string, title: string): string => text.split(`## ${title}`)[1]!.split('\n## ')[0]!;

it('the configuration table of the README names every variable that is read, and no other', () => {
  const read = [
    'apps/control-plane/src/config.ts',
    'packages/cli/src/config.ts',
    'packages/contracts/src/agents.ts',
    'packages/platform/src/settings/repositories.ts',
    'packages/platform/src/settings/sandbox.ts',
    'packages/platform/src/settings/webhooks.ts',
  ].map(sourceOf);
  expect(variablesIn(section(README, 'Configuration'))).toEqual(variablesIn(...read));
});

it('docs/aws.md names every variable that aws mode reads, and no other', () => {
  const documented = section(sourceOf('docs/aws.md'), 'What the control plane reads');
  const always = ['OUTPOST_MODE', 'OUTPOST_DATA_DIR', 'OUTPOST_AGENTS_DIR'];
  const named = variablesIn(documented).filter((variable) => !always.includes(variable));
  expect(named).toEqual(variablesIn(sourceOf('packages/platform/src/settings/aws.ts')));
});
