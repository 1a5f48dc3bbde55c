import { LIMITS, type Dispatch } from '@outpost/contracts';
import { shellTask } from '@outpost/test-support';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ACME, ACME_2 } from './tenants.js';
import { type IsolationWorld, REPOSITORY } from './world.js';

/** Begins a task of the greatest length. */
export const TASK_MARK = 'How this text comes to the worker is what is looked at.';

/** Says that it has them, and then does what it can to give them away. */
const LEAK = `
  printf %s "$ANTHROPIC_API_KEY" | sha256sum
  printf %s "$DEPLOY_KEY" | sha256sum
  env; env | base64 -w0; echo; env | base64; env >&2
  printf 'x%s' "$DEPLOY_KEY" | base64; printf 'xx%s' "$ANTHROPIC_API_KEY" | base64 -w0; echo
  printf %s "$DEPLOY_KEY$ANTHROPIC_API_KEY" | od -An -v -tx1 | tr -d ' \\n'; echo
  node -p 'JSON.stringify(process.env)'; node -p 'encodeURIComponent(process.env.DEPLOY_KEY)'
  node -p 'encodeURIComponent(process.env.ANTHROPIC_API_KEY)'
  env > environment.txt; env | base64 > environment.b64`;
/** More than goes up in one part. */
const BULK = 'head -c 9000000 /dev/urandom > bulk.bin';

/** One dispatch of each kind, once they have ended. */
export interface Runs {
  /** Of a repository, with a task as long as one may be. */
  readonly whole: Dispatch;
  readonly persistent: Dispatch;
  readonly failed: Dispatch;
  readonly cancelled: Dispatch;
  /** Of the other tenant. */
  readonly other: Dispatch;
}

export async function runAll(world: IsolationWorld): Promise<Runs> {
  const [whole, persistent, failed, cancelled, other] = await Promise.all([
    run(world, { repo: REPOSITORY, task: longTask(LEAK) }),
    run(world, { workspaceMode: 'persistent', task: shellTask(LEAK) }),
    run(world, { task: shellTask(`${LEAK}; exit 3`) }),
    cancel(world),
    run(world, { repo: REPOSITORY, task: shellTask(`${LEAK}; ${BULK}`) }, ACME_2),
  ]);
  return { whole, persistent, failed, cancelled, other };
}

function longTask(script: string): string {
  const task = shellTask(script);
  return TASK_MARK.padEnd(LIMITS.taskMaxCharacters - task.length, ' Work.') + task;
}

async function run(
  world: IsolationWorld,
  body: Readonly<Record<string, unknown>>,
  tenant = ACME,
): Promise<Dispatch> {
  const outpost = world.as(tenant);
  const { dispatchId } = await outpost.dispatch({ agent: 'claude', secrets: ['DEPLOY_KEY'], ...body });
  return outpost.ended(dispatchId);
}

async function cancel(world: IsolationWorld): Promise<Dispatch> {
  const outpost = world.as(ACME);
  const begun = join(world.site.directory, 'begun');
  const task = shellTask(`${LEAK}; touch ${begun}; sleep 600`);
  const { dispatchId } = await outpost.dispatch({ agent: 'claude', secrets: ['DEPLOY_KEY'], task });
  await outpost.waitFor(dispatchId, () => existsSync(begun));
  await outpost.call('DELETE', `/dispatch/${dispatchId}`);
  return outpost.ended(dispatchId);
}
