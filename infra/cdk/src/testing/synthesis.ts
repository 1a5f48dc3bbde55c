import { Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addChecks, buildStacks, createApp } from '../app.js';
import { parseDeployment, type Stage } from '../config.js';

export const TEST_ACCOUNT = '123456789012';
const CONFIG = join(import.meta.dirname, '../../config');

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

export interface Synthesized {
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** As CloudFormation is given it. */
  readonly json: Readonly<Record<string, unknown>>;
}

interface SynthesizeParams {
  readonly stage: Stage;
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Whether findings fail it. */
  readonly isChecked: boolean;
}

/** Both stacks of a stage as they are configured in this repository, with these settings in place of theirs. */
export function synthesize({ stage, overrides = {}, isChecked }: SynthesizeParams) {
  const settings = JSON.parse(readFileSync(join(CONFIG, `${stage}.json`), 'utf8')) as object;
  const app = createApp({ outdir: mkdtempSync(join(tmpdir(), 'outpost-cdk-')), stackTraces: false });
  if (isChecked) addChecks(app);
  const deployment = parseDeployment(stage, { ...settings, ...overrides });
  buildStacks({ app, deployment, account: TEST_ACCOUNT });
  const assembly = app.synth();
  const stack = (name: string): Synthesized => {
    const json = assembly.getStackByName(name).template as Synthesized['json'];
    const { Resources } = json as { Resources: Synthesized['resources'] };
    return { json, resources: Resources, template: Template.fromJSON(json) };
  };
  return { foundation: stack('OutpostFoundation'), outpost: stack('Outpost') };
}

/** A value as it may be once it is deployed. */
export function deployed(value: unknown, resources: Synthesized['resources']): unknown {
  if (Array.isArray(value)) return value.map((item) => deployed(item, resources));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[kind, argument] = []] = entries;
  if (kind === 'Ref') return nameOf(String(argument), resources);
  if (kind === 'Fn::GetAtt') return attributeOf(argument as [string, string], resources);
  if (kind === 'Fn::Join')
    return (deployed((argument as [string, unknown[]])[1], resources) as unknown[]).join('');
  return Object.fromEntries(entries.map(([key, item]) => [key, deployed(item, resources)]));
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': TEST_ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

function nameOf(id: string, resources: Synthesized['resources']): string {
  const resource = resources[id];
  if (resource?.Type === 'AWS::SQS::Queue')
    return `https://sqs.us-east-1.amazonaws.com/${TEST_ACCOUNT}/${id}`;
  const name = resource?.Properties['BucketName'] ?? resource?.Properties['LogGroupName'];
  return name === undefined ? (PSEUDO[id] ?? id) : String(deployed(name, resources));
}

function attributeOf([id, attribute]: [string, string], resources: Synthesized['resources']): string {
  const service = resources[id]?.Type.split('::')[1]?.toLowerCase() ?? 'unknown';
  if (attribute !== 'Arn') return `${id}.${attribute}`;
  return service === 'iam'
    ? `arn:aws:iam::${TEST_ACCOUNT}:role/${id}`
    : `arn:aws:${service}:us-east-1:${TEST_ACCOUNT}:${id}`;
}

export function ofType(type: string, { resources }: Synthesized): readonly Resource[] {
  return Object.values(resources).filter((resource) => resource.Type === type);
}
