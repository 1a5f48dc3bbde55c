import { makeRepository, shellTask, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One dispatch after the other: what Outpost itself adds to an agent's time. Milliseconds. */
const ROUNDS = 20;

interface Sample {
  /** From sending POST /dispatch to its answer. */
  readonly post: number;
  /** From sending POST /dispatch to the first instruction of the agent's process. */
  readonly postToAgentStart: number;
  /** The dispatch from acceptance to its end, less the time of the agent's process. */
  readonly overhead: number;
}

async function sample(outpost: Outpost, repo: string, round: number): Promise<Sample> {
  const mark = join(outpost.dataDir, `started-${round}`);
  const sentAt = Date.now();
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    task: shellTask(`cp "$OUTPOST_FAKE_STARTED" ${mark}; echo ${round} > change.txt`),
    repo,
  });
  const post = Date.now() - sentAt;
  const { createdAt, completedAt, timings, status } = await outpost.ended(dispatchId);
  if (status !== 'COMPLETED') throw new Error(`dispatch ${dispatchId} ended as ${status}`);
  const startedAt = Number(await readFile(mark, 'utf8'));
  const wall = Date.parse(completedAt!) - Date.parse(createdAt);
  return { post, postToAgentStart: startedAt - sentAt, overhead: wall - timings!.run! };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const repo = await makeRepository();
const outpost = await startWithFakeAgent();
try {
  const samples: Sample[] = [];
  // The first clone fills the mirror; it is not what the median is about.
  await sample(outpost, repo, 0);
  for (let round = 1; round <= ROUNDS; round += 1) samples.push(await sample(outpost, repo, round));
  const medians = Object.fromEntries(
    (['post', 'postToAgentStart', 'overhead'] as const).map((name) => [
      name,
      median(samples.map((each) => each[name])),
    ]),
  );
  process.stdout.write(`${JSON.stringify({ rounds: ROUNDS, medianMs: medians }, null, 2)}\n`);
} finally {
  await outpost.stop();
}
