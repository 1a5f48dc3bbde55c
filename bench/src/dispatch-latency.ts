import {
  fakeAgentEnv,
  makeRepository,
  shellTask,
  SITES,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median, type Medians } from './median.js';
import { rawPutItemMs } from './raw-put-item.js';

/** One dispatch after the other: what Outpost itself adds to an agent's time. Milliseconds. */
const ROUNDS = 20;

interface Sample {
  /** From sending POST /dispatch to its answer, with a look at the branch of the repository. */
  readonly post: number;
  /** The same without a repository. */
  readonly postWithoutRepository: number;
  /** From sending POST /dispatch to the first instruction of the agent's process. */
  readonly postToAgentStart: number;
  /** The dispatch from acceptance to its end, less the time of the agent's process. */
  readonly overhead: number;
}

async function sample(site: Site, outpost: Outpost, repo: string, round: number): Promise<Sample> {
  const mark = join(site.directory, `started-${round}`);
  const sentAt = Date.now();
  const began = performance.now();
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    task: shellTask(`cp "$OUTPOST_FAKE_STARTED" ${mark}; echo ${round} > change.txt`),
    repo,
  });
  const post = performance.now() - began;
  const { createdAt, completedAt, timings, status, failure } = await outpost.ended(dispatchId);
  if (status !== 'COMPLETED')
    throw new Error(`dispatch ${dispatchId} ended as ${status}: ${failure?.message}`);
  const startedAt = Number(await readFile(mark, 'utf8'));
  const wall = Date.parse(completedAt!) - Date.parse(createdAt);
  return {
    post,
    postWithoutRepository: await postOf(outpost),
    postToAgentStart: startedAt - sentAt,
    overhead: wall - timings!.run!,
  };
}

async function postOf(outpost: Outpost): Promise<number> {
  const began = performance.now();
  const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
  const post = performance.now() - began;
  await outpost.ended(dispatchId);
  return post;
}

async function measure(site: Site): Promise<Medians<Sample>> {
  const repo = await site.repositoryUrl(await makeRepository());
  const outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
  try {
    const samples: Sample[] = [];
    // The first clone fills the mirror; it is not what the median is about.
    await sample(site, outpost, repo, 0);
    for (let round = 1; round <= ROUNDS; round += 1) samples.push(await sample(site, outpost, repo, round));
    const of = (name: keyof Sample): number => median(samples.map((each) => each[name]));
    return {
      post: of('post'),
      postWithoutRepository: of('postWithoutRepository'),
      postToAgentStart: of('postToAgentStart'),
      overhead: of('overhead'),
    };
  } finally {
    await outpost.stop();
  }
}

const medianMs: Record<string, Medians<Sample> & { rawPutItem?: number }> = {};
for (const { name, open } of SITES) {
  const site = await open();
  try {
    medianMs[name] = { ...(await measure(site)), ...(await rawPutItemMs(site)) };
  } finally {
    await site.close();
  }
}
process.stdout.write(`${JSON.stringify({ rounds: ROUNDS, medianMs }, null, 2)}\n`);
