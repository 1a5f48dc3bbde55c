import { createAwsClients, type AwsClientOptions, type AwsClients } from '../../aws/clients.js';

export const TEST_REGION = 'us-east-1';
/** A service for which a test names no endpoint cannot be reached by accident. */
const NOWHERE = 'http://127.0.0.1:9';

export type AwsEndpoints = Partial<Record<Exclude<keyof AwsClients, 'destroy'>, string>>;

export interface TestClientOptions extends Pick<AwsClientOptions, 'createHandler' | 'retryStrategy'> {
  /** Who calls, as the servers see it. */
  readonly accessKeyId?: string;
}

/** The clients of the product, led to servers of loopback. */
export function createTestClients(endpoints: AwsEndpoints, options: TestClientOptions = {}): AwsClients {
  const { accessKeyId = 'AKIATESTCONTROLPLANE', ...rest } = options;
  return createAwsClients({
    ...rest,
    region: TEST_REGION,
    credentials: { accessKeyId, secretAccessKey: 'dummy-secret-of-a-test' },
    endpointFor: (service) => endpoints[service] ?? NOWHERE,
  });
}
