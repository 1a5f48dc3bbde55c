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

/** Every place that Outpost runs on: what holds on one must hold on all. For `describe.each`. */
export const SITES: readonly OpenableSite[] = hasDynamoDb() ? [LOCAL, AWS] : [LOCAL];
