import { execa } from 'execa';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGitHub } from '../github.js';
import { AGENTS_DIR, listeningUrl, PATH, REPOSITORY_ROOT } from '../outpost.js';
import { workerProcesses } from '../processes.js';
import { makeRepository, temporaryDirectory } from '../repository.js';
import { until } from '../until.js';
import type { Block } from './document.js';
import { standInEnv } from './stand-ins.js';

export interface DocumentSiteOptions {
  /** The installed CLIs on the scripted model, which take seconds, or scripts in their place, which take none. */
  readonly agents: 'real' | 'stand-in';
  /** Where everything is kept; below the home directory unless told otherwise. */
  readonly dataDir?: string;
  /** More for the control plane. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
  /** A new git repository unless told otherwise. */
  readonly cwd?: string;
  /** More for the commands. */
  readonly env?: Readonly<Record<string, string>>;
  /** Without OUTPOST_URL and OUTPOST_API_KEY, as a person has it on the machine of the control plane. */
  readonly isUnset?: boolean;
  /** curl goes on after an answer that is an error, as it does without settings. */
  readonly mayFail?: boolean;
}

/** A machine on which the commands of documents run as they stand: a control plane, and a person at a shell. */
export interface DocumentSite {
  readonly url: string;
  readonly apiKey: string;
  readonly home: string;
  /** Where a control plane of this machine is found with nothing else set. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs blocks as one script of a strict bash; returns its stdout, or throws with what it has said. */
  run(blocks: readonly Block[], options?: RunOptions): Promise<string>;
  close(): Promise<void>;
}

/** On github.com, for documents that name one: a machine of the tests may not reach it. */
const ON_GITHUB = ['octocat/hello-world', 'octocat/Hello-World'] as const;
const GITHUB_TOKEN = 'token-of-the-documents-0123456789';

/** What documents have, where a test has a free port. */
const DEFAULT_URL = 'http://127.0.0.1:3000';

export async function openDocumentSite(options: DocumentSiteOptions): Promise<DocumentSite> {
  const home = await temporaryDirectory();
  const dataDir = options.dataDir ?? join(home, 'data');
  const machine = await prepareHome(home, dataDir);
  const github = await startGitHub({ tokens: [GITHUB_TOKEN] });
  const repository = await makeRepository();
  for (const name of ON_GITHUB) await github.add({ name, repository });
  const server = execa(join(home, '.local/bin/outpost'), ['up', '--scripted-model', '--port', '0'], {
    cwd: home,
    extendEnv: false,
    env: {
      ...machine,
      ...github.env,
      GITHUB_TOKEN,
      OUTPOST_SANDBOX: 'none',
      OUTPOST_RATE_LIMIT_PER_MINUTE: '0',
      ...(options.agents === 'stand-in' && (await standInEnv(home))),
      ...options.env,
    },
    stdin: 'ignore',
    stderr: 'ignore',
    buffer: false,
    reject: false,
  });
  const url = await listeningUrl(server.stdout);
  const apiKey = (await readFile(join(dataDir, 'bootstrap-api-key'), 'utf8')).trim();
  const env = { ...machine, PORT: new URL(url).port };
  return {
    url,
    apiKey,
    home,
    env,
    async run(blocks, { cwd, env: own = {}, isUnset = false, mayFail = false } = {}) {
      const script = blocks.map(({ text }) => text).join('\n');
      return runScript(script.replaceAll(DEFAULT_URL, url), {
        cwd: cwd ?? (await makeRepository()),
        env: {
          ...env,
          ...(!isUnset && { OUTPOST_URL: url, OUTPOST_API_KEY: apiKey }),
          ...(!mayFail && { CURL_HOME: join(home, 'strict') }),
          ...own,
        },
      });
    },
    async close() {
      server.kill('SIGTERM');
      await server;
      // A document need not wait for its last dispatch, whose agent would ask a model that is gone again and again.
      for (const pid of workerProcesses(dataDir)) process.kill(pid, 'SIGTERM');
      await until(async () => workerProcesses(dataDir).length === 0 || undefined);
      await github.close();
    },
  };
}

/** A person's home directory with \`outpost\` on PATH, and settings with which curl fails when the answer is an error. */
async function prepareHome(home: string, dataDir: string): Promise<Record<string, string>> {
  const bin = join(home, '.local/bin');
  await mkdir(bin, { recursive: true });
  await symlink(join(REPOSITORY_ROOT, 'packages/cli/bin/outpost'), join(bin, 'outpost'));
  await mkdir(join(home, 'strict'));
  await writeFile(join(home, 'strict', '.curlrc'), 'fail-with-body\nshow-error\n');
  return {
    PATH: `${bin}:${PATH}`,
    HOME: home,
    // What commands leave in there goes with the tests.
    TMPDIR: tmpdir(),
    OUTPOST_DATA_DIR: dataDir,
    OUTPOST_AGENTS_DIR: AGENTS_DIR,
  };
}

async function runScript(
  script: string,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const told = `trap 'printf "This failed: %s\\n" "$BASH_COMMAND" >&2' ERR\n${script}`;
  const { failed, stdout, stderr } = await execa(
    'bash',
    ['-O', 'expand_aliases', '-Eeuo', 'pipefail', '-c', told],
    {
      ...options,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
    },
  );
  if (failed) throw new Error(`${stderr}\nBefore that it had said:\n${stdout}`);
  return stdout;
}
