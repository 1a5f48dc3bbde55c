/** `npm run check`: everything a change must satisfy besides its tests. All of it runs, then the verdict. */
import path from 'node:path';
import { run } from './run.mjs';
import { say, seconds } from './say.mjs';
import { TOOLS, quietTurbo, turbo } from './workspace.mjs';

const DOMAIN = 'apps/control-plane/src/domain';

export async function check(root, { toolchain }) {
  const { node } = toolchain;
  const env = quietTurbo(toolchain.env);
  const tool = (name, ...args) => [node, [path.join(root, TOOLS[name]), ...args]];
  const checks = {
    format: tool('prettier', '--check', '--log-level=warn', '.'),
    lint: tool('oxlint'),
    types: turbo(root, toolchain, 'check:types'),
    'unused code': tool('knip'),
    'API document': [node, [path.join(root, '.ci', 'lint-openapi.mjs')]],
    // The decisions that must never be wrong are pure, so there is no excuse for an untested line.
    'domain coverage': tool(
      'vitest',
      'run',
      '--coverage',
      `--coverage.include=${DOMAIN}/**`,
      '--reporter=dot',
      DOMAIN,
    ),
  };

  const failed = [];
  for (const [name, [command, args]] of Object.entries(checks)) {
    const startedAt = Date.now();
    const { exitCode, interruptedBy } = await run(command, args, { cwd: root, env });
    if (interruptedBy) return exitCode;
    if (exitCode !== 0) failed.push(name);
    say(`${name}: ${exitCode === 0 ? 'ok' : 'failed'} (${seconds(startedAt)})`);
  }
  say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}
