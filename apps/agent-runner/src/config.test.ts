import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

const DISPATCH_ID = '01JDCAFE0000000000000000AA';
const WORKER_ID = '5f0c4d39-7a7b-4c64-9b0e-3a1f7a5f9d11';
const ENVIRONMENT = {
  OUTPOST_MODE: 'local',
  OUTPOST_DATA_DIR: '/data',
  OUTPOST_AGENTS_DIR: '/agents',
  OUTPOST_TASK_ARN: 'outpost:local:task/1',
  PATH: '/bin',
};
const EITHER = 'either OUTPOST_TENANT_ID and OUTPOST_DISPATCH_ID must be set, or OUTPOST_WORKER_ID alone';

describe('what a worker was started for', () => {
  it('is one dispatch', () => {
    const config = readConfig({
      ...ENVIRONMENT,
      OUTPOST_TENANT_ID: 'acme',
      OUTPOST_DISPATCH_ID: DISPATCH_ID,
    });
    expect(config.start).toEqual({ kind: 'dispatch', tenantId: 'acme', dispatchId: DISPATCH_ID });
  });

  it('is what it will be assigned', () => {
    const config = readConfig({ ...ENVIRONMENT, OUTPOST_WORKER_ID: WORKER_ID });
    expect(config.start).toEqual({ kind: 'warm', workerId: WORKER_ID });
  });

  it.each([
    {},
    { OUTPOST_TENANT_ID: 'acme' },
    { OUTPOST_DISPATCH_ID: DISPATCH_ID },
    { OUTPOST_TENANT_ID: 'acme', OUTPOST_WORKER_ID: WORKER_ID },
    { OUTPOST_DISPATCH_ID: DISPATCH_ID, OUTPOST_WORKER_ID: WORKER_ID },
    { OUTPOST_TENANT_ID: 'acme', OUTPOST_DISPATCH_ID: DISPATCH_ID, OUTPOST_WORKER_ID: WORKER_ID },
  ])('is not told by %o', (ids) => {
    expect(() => readConfig({ ...ENVIRONMENT, ...ids })).toThrow(EITHER);
  });

  it('has ids that are ids', () => {
    expect(() => readConfig({ ...ENVIRONMENT, OUTPOST_WORKER_ID: '../7' })).toThrow('OUTPOST_WORKER_ID');
    const ids = { OUTPOST_TENANT_ID: 'acme', OUTPOST_DISPATCH_ID: '7' };
    expect(() => readConfig({ ...ENVIRONMENT, ...ids })).toThrow('OUTPOST_DISPATCH_ID');
  });
});

describe('the directories that a worker empties', () => {
  const read = (OUTPOST_SCRATCH_DIRS?: string) =>
    readConfig({ ...ENVIRONMENT, OUTPOST_WORKER_ID: WORKER_ID, OUTPOST_SCRATCH_DIRS }).scratchDirs;

  it('are those that it is told, and no others', () => {
    expect(read()).toEqual([]);
    expect(read('/tmp:/home/agent')).toEqual(['/tmp', '/home/agent']);
  });

  it.each(['tmp', '/', '/tmp:/'])('are never %s', (text) => {
    expect(() => read(text)).toThrow('OUTPOST_SCRATCH_DIRS must name absolute paths');
  });
});
