import type { Fleet } from '@outpost/contracts';
import {
  fakeAgentEnv,
  makeRepository,
  shellTask,
  SITES,
  until,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { median, type Medians } from './median.js';
import { rawPutItemMs } from './raw-put-item.js';
import { redactionMegabytesPerSecond } from './redaction-speed.js';
import { startsPerSecond } from './scheduler-starts.js';

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

/** The same with a warm worker that waits: POST to the first instruction of the agent, without a repository. */
async function warmStartMs(site: Site, outpost: Outpost): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await until(async () => {
      const { agents } = (await outpost.call<Fleet>('GET', '/fleet')).body;
      return agents.some(({ warm }) => warm > 0) || undefined;
    });
    samples.push(await startMs(site, outpost, `warm-${round}`));
  }
  return median(samples);
}

async function coldStartMs(site: Site, outpost: Outpost): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) samples.push(await startMs(site, outpost, `cold-${round}`));
  return median(samples);
}

async function startMs(site: Site, outpost: Outpost, name: string): Promise<number> {
  const mark = join(site.directory, name);
  const sentAt = Date.now();
  const { dispatchId } = await outpost.dispatch({
    agent: 'claude',
    task: shellTask(`cp "$OUTPOST_FAKE_STARTED" ${mark}`),
  });
  await outpost.ended(dispatchId);
  return Number(await readFile(mark, 'utf8')) - sentAt;
}

/** Cold and warm, one after the other on the same place. */
async function starts(site: Site): Promise<{ coldStart: number; warmStart: number }> {
  const coldStart = await withOutpost(site, {}, coldStartMs);
  const warm = { OUTPOST_WARM_MIN_CLAUDE: '1', OUTPOST_WARM_MAX_CLAUDE: '2' };
  return { coldStart, warmStart: await withOutpost(site, warm, warmStartMs) };
}

async function withOutpost(
  site: Site,
  env: Readonly<Record<string, string>>,
  sampled: (site: Site, outpost: Outpost) => Promise<number>,
): Promise<number> {
  const outpost = await site.start({ env: { ...env, ...(await fakeAgentEnv(site.directory)) } });
  try {
    return await sampled(site, outpost);
  } finally {
    await outpost.stop();
  }
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

type Figures = Medians<Sample> & Awaited<ReturnType<typeof starts>> & { rawPutItem?: number };

const medianMs: Record<string, Figures> = {};
for (const { name, open } of SITES) {
  const site = await open();
  try {
    medianMs[name] = { ...(await measure(site)), ...(await starts(site)), ...(await rawPutItemMs(site)) };
  } finally {
    await site.close();
  }
}
const schedulerStartsPerSecond = {
  queued100: await startsPerSecond(100),
  queued100000: await startsPerSecond(100_000),
};
const figures = {
  rounds: ROUNDS,
  medianMs,
  schedulerStartsPerSecond,
  redactionMegabytesPerSecond: redactionMegabytesPerSecond(),
};
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
