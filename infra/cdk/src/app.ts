import { App, Tags, Validations, type AppProps } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Deployment } from './config.js';
import { FEATURE_FLAGS } from './feature-flags.js';
import { FoundationStack } from './foundation-stack.js';
import { OutpostStack } from './outpost-stack.js';

/** An application whose context is that of the command line, where there is one. */
export function createApp(props: Pick<AppProps, 'outdir' | 'stackTraces'> = {}): App {
  return new App({ ...props, context: FEATURE_FLAGS });
}

/** Findings of cdk-nag fail the synthesis, as those of CloudFormation's own rules do. */
export function addChecks(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}

interface BuildParams {
  readonly app: App;
  readonly deployment: Deployment;
  /** Undefined where there are no credentials, as in tests. */
  readonly account: string | undefined;
}

/** Both stacks of a deployment, in the order in which they are deployed. */
export function buildStacks({ app, deployment, account }: BuildParams) {
  const { region, stage, retainData } = deployment;
  const env = { region, ...(account !== undefined && { account }) };
  const props = { env, deployment, terminationProtection: retainData };
  const foundation = new FoundationStack(app, 'OutpostFoundation', props);
  const outpost = new OutpostStack(app, 'Outpost', props);
  outpost.addStackDependency(foundation);
  Tags.of(app).add('application', 'outpost');
  Tags.of(app).add('stage', stage);
  return { foundation, outpost };
}
