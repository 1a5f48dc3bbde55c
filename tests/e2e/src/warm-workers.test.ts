import type { Dispatch, Fleet } from '@outpost/contracts';
import {
  agentProcesses,
  fakeAgentEnv,
  shellTask,
  SITES,
  until,
  workerProcesses,
  type Outpost,
  type Site,
} from '@outpost/test-support';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const WARM = {
  OUTPOST_WARM_MIN_CLAUDE: '1',
  OUTPOST_WARM_MAX_CLAUDE: '3',
  OUTPOST_WARM_IDLE_SECONDS: '3600',
};
/** What is looked for: in files, their names, environments, arguments. */
const MARK = 'cafe-babe-of-another';
const SECRET = 'npm-token-value-of-another-0123456789';

/** Leaves it wherever agents, and the tools that they use, leave things. */
const LEAVE = `
  test "$NPM_TOKEN" = ${SECRET} || exit 3
  mkdir -p "$HOME/.cache/git/credential" "$HOME/.aws" "$HOME/.config/gh" "$HOME/.claude/${MARK}" "$TMPDIR/${MARK}"
  for file in "$HOME/.git-credentials" "$HOME/.npmrc" "$HOME/.netrc" "$HOME/.aws/credentials" \\
    "$HOME/.config/gh/hosts.yml" "$HOME/.claude/.credentials.json" "$HOME/.cache/git/credential/answer" \\
    "$TMPDIR/left" ../left left.txt; do echo "$NPM_TOKEN ${MARK}" > "$file"; done
  git config --global credential.helper "store --file=$HOME/.git-credentials"
  git config --global user.name ${MARK}
  mkdir "$HOME/locked"; echo ${MARK} > "$HOME/locked/file"; chmod 0 "$HOME/locked"
  export LEFT_BEHIND=${MARK}
  setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' ${MARK} > /dev/null 2>&1 &
`;

/** Writes down all that an agent can see from where it is, and of every workspace that lies beside its own. */
const look = (file: string): string => `
  {
    echo looked; env; git config --global --list; printf 'protocol=https\\nhost=a.example\\n\\n' | git credential fill
    for process in /proc/[0-9]*; do
      grep -qs OUTPOST_ $process/environ && tr '\\0' ' ' < $process/cmdline && tr '\\0' ' ' < $process/environ
    done
    find "$HOME" "$TMPDIR" ../../.. ; grep -rs . "$HOME" "$TMPDIR" ../../..
  } > ${file} 2> /dev/null < /dev/null
  true`;

describe.each(SITES)('warm workers on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;
  let stranger: Outpost;

  beforeAll(async () => {
    site = await open();
    await site.putSecrets({ NPM_TOKEN: SECRET });
    outpost = await site.start({ env: { ...WARM, ...(await fakeAgentEnv(site.directory)) } });
    stranger = outpost.as(await site.tenantKey('stranger'));
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  const idleWorkers = async (): Promise<number> =>
    (await outpost.call<Fleet>('GET', '/fleet')).body.agents.find(({ agent }) => agent === 'claude')!.warm;
  const untilIdle = (count: number): Promise<unknown> =>
    until(async () => (await idleWorkers()) >= count || undefined);

  const run = async (as: Outpost, script: string, more: object = {}): Promise<Dispatch> => {
    const { dispatchId } = await as.dispatch({ agent: 'claude', task: shellTask(script), ...more });
    const ended = await as.ended(dispatchId);
    expect(ended).toMatchObject({ status: 'COMPLETED' });
    return ended;
  };
  const lookAs = async (as: Outpost, name: string): Promise<{ seen: string; dispatch: Dispatch }> => {
    const file = join(site.directory, name);
    const dispatch = await run(as, look(file));
    const seen = await readFile(file, 'utf8');
    expect(seen).toContain('looked');
    expect(seen).toContain(dispatch.workspaceId);
    return { seen, dispatch };
  };

  it('serve one tenant only, and leave it nothing of its own dispatch before', async () => {
    await untilIdle(1);
    const first = await run(outpost, LEAVE, { secrets: ['NPM_TOKEN'] });
    expect(first.workerId).toBeDefined();
    // The one that was used, and the one that was started in its place.
    await untilIdle(2);
    expect(agentProcesses(first.dispatchId)).toEqual([]);

    const others = await lookAs(stranger, 'seen-by-stranger');
    expect(others.dispatch.workerId).toBeDefined();
    expect(others.dispatch.workerId).not.toBe(first.workerId);
    const own = await lookAs(outpost, 'seen-by-own');
    expect(own.dispatch.workerId).toBe(first.workerId);
    for (const { seen } of [others, own])
      expect([MARK, SECRET, first.dispatchId].filter((trace) => seen.includes(trace))).toEqual([]);
  });

  it('keep nothing of a dispatch in what the system tells of them, nor on their disks', async () => {
    await untilIdle(1);
    for (const pid of workerProcesses(site.directory))
      for (const file of ['cmdline', 'environ'])
        expect(new RegExp(`${MARK}|${SECRET}`).test(readFileSync(`/proc/${pid}/${file}`, 'utf8'))).toBe(
          false,
        );
    const workspaces = join(site.directory, site.name === 'aws' ? 'tasks' : 'workspaces');
    // One may still be at it, while another is idle.
    await until(async () => filesIn(workspaces)?.length === 0 || undefined);
  });
});

/** Undefined while directories go away under the look. */
function filesIn(directory: string): readonly string[] | undefined {
  try {
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch {
    return undefined;
  }
}

describe.each(SITES)('warm workers that nobody needs, on $name', ({ open }) => {
  it('are retired, and their processes end', async () => {
    const site = await open();
    const env = {
      OUTPOST_WARM_MAX_CLAUDE: '2',
      OUTPOST_WARM_MIN_CLAUDE: '1',
      OUTPOST_WARM_IDLE_SECONDS: '1',
    };
    const outpost = await site.start({ env: { ...env, ...(await fakeAgentEnv(site.directory)) } });
    try {
      await until(async () => {
        const { agents } = (await outpost.call<Fleet>('GET', '/fleet')).body;
        return agents.some(({ warm }) => warm > 0) || undefined;
      });
      const { dispatchId } = await outpost.dispatch({ agent: 'claude', task: shellTask('true') });
      const { workerId } = await outpost.ended(dispatchId);
      const isThere = (): boolean =>
        workerProcesses(site.directory).some((pid) => environmentOf(pid).includes(workerId!));
      expect(workerId).toBeDefined();
      await until(async () => !isThere() || undefined);
      // Another is ready for whoever comes next.
      await until(async () => workerProcesses(site.directory).length === 1 || undefined);
    } finally {
      await outpost.stop();
      await site.close();
    }
  });
});

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}
