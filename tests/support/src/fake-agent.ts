import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Outpost } from './outpost.js';
import { temporaryDirectory } from './repository.js';

/**
 * An executable in place of the claude CLI: runs the shell script between the task's ``` fences, then says in
 * claude's own words that it is done. For what no model is needed for.
 */
const SCRIPT = `import { readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
// Epoch milliseconds, to the script as a file: when this process began.
process.env.OUTPOST_FAKE_STARTED = join(process.env.HOME, 'started');
writeFileSync(process.env.OUTPOST_FAKE_STARTED, String(Math.round(performance.timeOrigin)));
const prompt = readFileSync(0, 'utf8');
const script = prompt.split('\`\`\`sh\\n').at(-1).split('\`\`\`')[0];
const result = spawnSync('sh', ['-c', script], { stdio: ['ignore', 'inherit', 'inherit'] });
const usage = { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
const last = { type: 'result', subtype: 'success', is_error: result.status !== 0, result: 'Done.', usage, total_cost_usd: 0 };
console.log(JSON.stringify(last));
process.exit(result.status ?? 1);
`;

/** Writes the fake agent into \`directory\`, to be run by this Node, and returns its path. */
export async function makeFakeAgent(directory: string, node = process.execPath): Promise<string> {
  const file = join(directory, 'fake-claude.mjs');
  await writeFile(file, `#!${node}\n${SCRIPT}`);
  await chmod(file, 0o755);
  return file;
}

/** A task that has the fake agent run a shell script in the repository. */
export function shellTask(script: string): string {
  return `Run this script, please.\n\`\`\`sh\n${script}\n\`\`\`\n`;
}

/** What puts the fake agent in place of claude. */
export async function fakeAgentEnv(directory: string): Promise<Record<string, string>> {
  return { OUTPOST_AGENT_COMMAND_CLAUDE: await makeFakeAgent(directory) };
}

/** A control plane on a data directory of its own, with the fake agent in place of claude. */
export async function startWithFakeAgent(env: Record<string, string> = {}): Promise<Outpost> {
  const dataDir = await temporaryDirectory();
  return Outpost.start({
    dataDir,
    env: { ...(await fakeAgentEnv(dataDir)), ...env },
  });
}
