import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { AGENTS } from '@outpost/contracts';
import { startScriptedModel, type ScriptedAgent, type ScriptedModel } from '@outpost/scripted-model';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentLogLine, AgentVerdict } from './adapter.js';
import { adapterFor } from './index.js';

/** The real CLIs, as `outpost agents install` puts them into the repository's own data directory. */
const INSTALLED = resolve(import.meta.dirname, '../../../../.outpost/agents');
const CLIS: readonly ScriptedAgent[] = ['claude', 'codex', 'gemini', 'grok'];
/** Far longer than any run needs, far shorter than the CLIs' own patience: a run that reaches it has failed. */
const LIMIT_MS = 90_000;

const executableOf = (agent: ScriptedAgent) =>
  join(INSTALLED, agent, 'node_modules/.bin', AGENTS[agent].executable);

/** Worth nothing, and different for each, so that a mix-up shows. */
const keyOf = (agent: ScriptedAgent) => `key-of-${agent}`;

interface Run {
  readonly verdict: AgentVerdict;
  readonly log: readonly AgentLogLine[];
  readonly timedOut: boolean;
  /** Paths in the working directory after the run. */
  readonly files: readonly string[];
  readonly read: (path: string) => Promise<string>;
}

let model: ScriptedModel;
let directory: string;
beforeAll(async () => {
  model = await startScriptedModel();
  directory = await mkdtemp(join(tmpdir(), 'outpost-cli-'));
});
afterAll(async () => {
  await model.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs one real CLI in a HOME, a working directory and an environment made for this run alone. */
async function run(agent: ScriptedAgent, prompt: string): Promise<Run> {
  const root = await mkdtemp(join(directory, `${agent}-`));
  const [homeDir, repoDir, temporary] = [join(root, 'home'), join(root, 'repo'), join(root, 'tmp')];
  const promptFile = join(root, 'task.md');
  await Promise.all([homeDir, repoDir, temporary].map((path) => mkdir(path)));
  await writeFile(promptFile, prompt);
  const adapter = adapterFor(agent);
  const command = await adapter.prepare({
    executable: executableOf(agent),
    modelId: AGENTS[agent].defaultModelId,
    prompt,
    promptFile,
    homeDir,
    repoDir,
    apiKey: keyOf(agent),
    baseUrl: model.baseUrlFor(agent),
  });
  const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':');
  const result = await execa(command.file, command.args, {
    cwd: repoDir,
    env: { PATH: path, HOME: homeDir, TMPDIR: temporary, LANG: 'C.UTF-8', ...command.env },
    extendEnv: false,
    ...(command.stdin === undefined ? { stdin: 'ignore' as const } : { input: command.stdin }),
    lines: true,
    reject: false,
    timeout: LIMIT_MS,
  });
  const parser = adapter.createParser();
  const log = [
    ...result.stdout.flatMap((line) => parser.line('stdout', line)),
    ...result.stderr.flatMap((line) => parser.line('stderr', line)),
    ...parser.flush(),
  ];
  return {
    verdict: parser.verdict({ exitCode: result.exitCode, signal: result.signal }),
    log,
    timedOut: result.timedOut,
    files: (await readdir(repoDir, { recursive: true })).toSorted(),
    read: (file) => readFile(join(repoDir, file), 'utf8'),
  };
}

for (const agent of CLIS) {
  const missing = !existsSync(executableOf(agent));
  if (missing) console.warn(`SKIPPED: ${agent} is not installed. Run: npm run outpost -- agents install`);

  describe.skipIf(missing).concurrent(`the ${agent} CLI`, { timeout: LIMIT_MS + 10_000 }, () => {
    it('writes a file, runs a command and reports its usage', async () => {
      const content = "it's `quoted` $HOME\nsecond line\n";
      model.script({
        marker: `WRITE-${agent}`,
        files: [{ path: 'made/by agent.txt', content }],
        commands: ['echo printed by the shell && cp "made/by agent.txt" copy.txt'],
        finalMessage: 'Wrote the file.\nCopied it.',
        usage: { inputTokens: 1234, outputTokens: 56 },
      });
      const { verdict, log, files, read } = await run(agent, `Please do WRITE-${agent}.`);
      expect(verdict).toEqual({
        succeeded: true,
        error: undefined,
        finalMessage: 'Wrote the file.\nCopied it.',
        usage: { inputTokens: 1234, outputTokens: 56, cacheReadTokens: 0, cacheWriteTokens: 0 },
        reportedCostUsd: agent === 'claude' ? expect.any(Number) : undefined,
      });
      const requests = model.requests().filter((request) => request.marker === `WRITE-${agent}`);
      expect(new Set(requests.map((request) => request.apiKey))).toEqual(new Set([keyOf(agent)]));
      expect(files).toEqual(['copy.txt', 'made', 'made/by agent.txt']);
      expect(await read('made/by agent.txt')).toBe(content);
      expect(await read('copy.txt')).toBe(content);
      expect(log).toContainEqual({ kind: 'text', text: 'Wrote the file.' });
      expect(log).toContainEqual({ kind: 'text', text: 'Copied it.' });
      expect(log.filter((line) => line.kind === 'tool').length).toBe(2);
      expect(log.some((line) => line.kind === 'result' && line.text.includes('printed by the shell'))).toBe(
        true,
      );
    });

    it('succeeds with an empty diff', async () => {
      model.say({ marker: `SAY-${agent}`, text: 'Nothing to change.' });
      const { verdict, files } = await run(agent, `Please do SAY-${agent}.`);
      expect(verdict).toMatchObject({ succeeded: true, finalMessage: 'Nothing to change.' });
      expect(files).toEqual([]);
    });

    it('takes a prompt of 50 KB, whatever it is made of', async () => {
      model.say({ marker: `LONG-${agent}`, text: 'Read it all.' });
      const filler = 'A line with "quotes", $variables, `backticks`, ünïcödé and a \\backslash.\n';
      const prompt = `${filler.repeat(Math.ceil(50_000 / filler.length))}Please do LONG-${agent}.`;
      const { verdict } = await run(agent, prompt);
      expect(verdict).toMatchObject({ succeeded: true, finalMessage: 'Read it all.' });
    });

    it.each(['/compact', '/init', '@no/such.file'])(
      'gives the model a prompt that begins with %s',
      async (start) => {
        model.say({ marker: `ODD-${agent}`, text: 'Got it.' });
        const { verdict } = await run(agent, `${start} ODD-${agent}`);
        expect(verdict).toMatchObject({ succeeded: true, finalMessage: 'Got it.' });
      },
    );

    it.each([
      [401, 'authentication'],
      [404, 'model_unavailable'],
      [429, 'rate_limit'],
      [500, 'model_unavailable'],
    ] as const)('gives up on status %i, and says why', async (status, reason) => {
      model.fail({ marker: `FAIL-${agent}-${status}`, status });
      const { verdict, timedOut } = await run(agent, `Please do FAIL-${agent}-${status}.`);
      expect(timedOut).toBe(false);
      expect(verdict.succeeded).toBe(false);
      expect(verdict.error?.reason).toBe(reason);
    });
  });
}
