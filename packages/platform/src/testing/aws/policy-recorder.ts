import type { MiddlewareStack } from '@smithy/types';
import type { AwsClients, AwsService } from '../../aws/clients.js';

/** What the product asked of a service, before the SDK serialised it. */
export interface RecordedSdkCall {
  readonly service: AwsService;
  /** `PutItem`; of the document client as well. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Notes every call from now on, once however often the SDK repeats it; also what is only signed for others to send. */
export function recordCalls(clients: AwsClients): readonly RecordedSdkCall[] {
  const calls: RecordedSdkCall[] = [];
  for (const [service, client] of Object.entries(clients)) {
    if (typeof client === 'function') continue;
    const stack = client.middlewareStack as MiddlewareStack<object, object>;
    stack.add(
      (next, { commandName = '' }) =>
        (args) => {
          calls.push({
            service: service as AwsService,
            operation: commandName.replace(/Command$/, ''),
            input: args.input as RecordedSdkCall['input'],
          });
          return next(args);
        },
      { step: 'initialize', name: 'recordCalls' },
    );
  }
  return calls;
}
