import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseDeployment, readDeployment } from './config.js';

const CONFIG = join(import.meta.dirname, '../config');
const DEV = JSON.parse(readFileSync(join(CONFIG, 'dev.json'), 'utf8')) as object;

it('takes dev where no stage is named, in the first two zones of its region', () => {
  const deployment = readDeployment({ directory: CONFIG, context: () => undefined });
  expect(deployment).toMatchObject({ stage: 'dev', zones: ['us-east-1a', 'us-east-1b'], imageTag: '0.1.0' });
});

it('takes the tag of the images from the command', () => {
  const context = (name: string) => ({ imageTag: '4f2c1d9' })[name];
  expect(readDeployment({ directory: CONFIG, context }).imageTag).toBe('4f2c1d9');
});

it('deploys no prod without a certificate', () => {
  const context = (name: string) => ({ stage: 'prod' })[name];
  expect(() => readDeployment({ directory: CONFIG, context })).toThrow('certificateArn is needed');
  const directory = mkdtempSync(join(tmpdir(), 'outpost-config-'));
  const settings = { ...DEV, certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' };
  writeFileSync(join(directory, 'prod.json'), JSON.stringify(settings));
  expect(readDeployment({ directory, context }).stage).toBe('prod');
});

it('names every setting that is wrong, and what would be right', () => {
  const wrong = {
    region: 'Frankfurt',
    natGateways: 3,
    certificateArn: 'arn:aws:iam::1:server-certificate/x',
    controlPlane: { minTasks: 5, maxTasks: 2 },
    tenantsWithRole: ['ACME'],
    variables: { OUTPOST_ECS_CLUSTER: 'mine' },
    colour: 'red',
  };
  const parse = () => parseDeployment('dev', { ...DEV, ...wrong });
  for (const part of [
    'config/dev.json is not valid',
    'region must be a region',
    'natGateways',
    'certificateArn must be the ARN of a certificate in ACM',
    'minTasks must not be more than maxTasks',
    'tenantsWithRole.0 must be a tenant id',
    'OUTPOST_ECS_CLUSTER',
    'colour',
  ])
    expect(parse).toThrow(part);
});

it('knows its stages', () => {
  const context = (name: string) => ({ stage: 'staging' })[name];
  expect(() => readDeployment({ directory: CONFIG, context })).toThrow('-c stage must be one of dev, prod');
});
