import { createServices, readConfig } from '@outpost/control-plane';
import type { ControlPlatform } from '@outpost/platform';
import { createTemporaryLocalPlatform, creation } from '@outpost/platform/testing';
import { pino } from 'pino';

const TENANTS = 100;
const STARTS = 500;
const NO_ROOM = { perAgent: 0, perTenant: 0 };

/** Starts per second of the Scheduler on SQLite, with a launcher that does nothing, when so many wait. */
export async function startsPerSecond(queued: number): Promise<number> {
  const local = await createTemporaryLocalPlatform();
  try {
    const platform = withoutWorkers(local.open());
    for (let index = 0; index < queued; index += 1)
      await platform.dispatches.create(
        creation({ tenantId: `tenant-${index % TENANTS}` }, { limits: NO_ROOM }),
      );
    const room = Math.min(STARTS, queued);
    const config = readConfig({
      OUTPOST_MAX_CONCURRENT_PER_AGENT: String(room),
      OUTPOST_MAX_CONCURRENT_PER_TENANT: String(room),
    });
    const { signal } = new AbortController();
    const logger = pino({ level: 'silent' });
    const { scheduler, launcher } = createServices({ config, platform, logger, shutdown: signal });
    const began = performance.now();
    await scheduler.admitWaiting();
    const seconds = (performance.now() - began) / 1_000;
    await scheduler.settled();
    await launcher.settled();
    const { byAgent } = await platform.dispatches.slotUsage({ tenantIds: [] });
    if (byAgent.claude !== room) throw new Error(`${byAgent.claude} of ${room} were started.`);
    return Math.round(room / seconds);
  } finally {
    await local.cleanup();
  }
}

function withoutWorkers(platform: ControlPlatform): ControlPlatform {
  const launch: ControlPlatform['tasks']['launch'] = async ({ clientToken }) => ({
    taskArn: `outpost:bench:task/${clientToken}`,
  });
  return { ...platform, tasks: { ...platform.tasks, launch } };
}
