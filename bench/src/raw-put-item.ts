import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AwsSite, Site } from '@outpost/test-support';
import { median } from './median.js';

const ROUNDS = 200;

/** One PutItem on the same server as the dispatches of the site: what a write costs at the least. Milliseconds. */
export async function rawPutItemMs(site: Site | AwsSite): Promise<{ rawPutItem?: number }> {
  if (!('account' in site)) return {};
  const { dynamodb } = site.account.clients;
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const Item = { pk: '#bench', sk: String(round), text: 'x'.repeat(500) };
    const began = performance.now();
    await dynamodb.send(new PutCommand({ TableName: 'outpost-control', Item }));
    samples.push(performance.now() - began);
  }
  return { rawPutItem: median(samples) };
}
