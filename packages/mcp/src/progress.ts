import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';

/** `progress` and `total` in seconds. */
export type ReportProgress = (state: {
  readonly progress: number;
  readonly total: number;
  readonly message: string;
}) => Promise<void>;

/** Sends progress notifications to a caller that asked for them, and nothing to any other. */
export function progressReporter(
  extra: Pick<RequestHandlerExtra<ServerRequest, ServerNotification>, '_meta' | 'sendNotification'>,
): ReportProgress {
  // oxlint-disable-next-line no-underscore-dangle -- the name in the protocol
  const progressToken = extra._meta?.progressToken;
  if (progressToken === undefined) return async () => undefined;
  return async (state) => {
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken, ...state },
    });
  };
}
