export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** `error`: why there was no answer. An answer is known by its status alone: its body is not read. */
export type WebhookAnswer = { readonly statusCode: number } | { readonly error: string };

/** Sends to hosts that a tenant has named: only to those that it may reach, and only where their name led when it was checked. */
export interface WebhookSender {
  /** What is wrong with the URL as a place to send to; undefined: nothing. */
  problemWith(url: string): Promise<string | undefined>;
  /** One POST. Follows no redirect, and never rejects. */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}
