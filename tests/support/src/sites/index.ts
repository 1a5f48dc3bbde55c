import { hasDynamoDb } from '@outpost/platform/testing/aws';
import { openAwsSite } from './aws-site.js';
import { openLocalSite } from './local-site.js';
import type { Site } from './site.js';

export { openAwsSite, type AwsSite } from './aws-site.js';
export type { Site, StartOptions } from './site.js';

interface OpenableSite {
  readonly name: Site['name'];
  readonly open: () => Promise<Site>;
}

const LOCAL: OpenableSite = { name: 'local', open: openLocalSite };
const AWS: OpenableSite = { name: 'aws', open: openAwsSite };

if (!hasDynamoDb())
  console.warn('SKIPPED: aws. There is no DynamoDB-compatible server for this platform on npm.');

const ALL: readonly OpenableSite[] = hasDynamoDb() ? [LOCAL, AWS] : [LOCAL];

/** Set by vitest.config.ts for suites that take long: their run on AWS is a project of its own. */
const wanted = process.env['OUTPOST_TEST_SITE'];

/** Every place that Outpost runs on: what holds on one must hold on all. For `describe.each`. */
export const SITES: readonly OpenableSite[] = ALL.filter(
  ({ name }) => wanted === undefined || name === wanted,
);
