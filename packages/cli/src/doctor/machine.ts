import { trySandboxes } from '@outpost/platform/sandbox';
import { SandboxSettingsSchema } from '@outpost/platform/settings';
import { execa } from 'execa';
import type { CliConfig } from '../config.js';
import { failed, passed, type Check } from './check.js';

/** Where no sandbox works. */
const NO_SANDBOX =
  'Linux: apt-get install bubblewrap. Elsewhere: OUTPOST_SANDBOX=none runs agents as you (docs/security.md).';

export async function checkMachine({ base }: CliConfig): Promise<readonly Check[]> {
  const options = { env: base, extendEnv: false, reject: false, stdin: 'ignore' } as const;
  const git = await execa('git', ['--version'], options);
  return [
    passed('machine', 'node', process.version),
    git.failed
      ? failed('machine', 'git', 'not found', 'Install git.')
      : passed('machine', 'git', git.stdout.replace('git version ', '')),
  ];
}

/** One is enough; which is taken, `OUTPOST_SANDBOX` may say. */
export async function checkSandboxes(config: CliConfig): Promise<readonly Check[]> {
  const settings = SandboxSettingsSchema.safeParse(config.sandbox);
  if (!settings.success) {
    return settings.error.issues.map(({ path, message }) => failed('sandbox', path.join('.'), message));
  }
  const { agentUser, engine, images } = settings.data;
  const { base, dataDir, agentsDir } = config;
  const path = base['PATH'] ?? '';
  const tries = await trySandboxes({ path, dataDir, agentsDir, agentUser, engine, images });
  const anyWorks = tries.some(({ problem }) => problem === undefined);
  return tries.map(({ name, problem, without }, index) => {
    if (problem === undefined) return passed('sandbox', name, ['works', ...without].join('; not for '));
    const isLast = index === tries.length - 1;
    return failed('sandbox', name, problem, isLast && !anyWorks ? NO_SANDBOX : undefined);
  });
}
