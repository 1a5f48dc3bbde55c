import { LIMITS } from '@outpost/contracts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Seconds from one attempt to the next: nine attempts within a day. */
const DELAYS_SECONDS = [5, 60, 300, 1_800, 7_200, 18_000, 25_200, 28_800];
/** How far a delay may be from its due, so that what failed together does not come back together. */
const JITTER = 0.1;

const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 600_000;
/** A receiver is left alone for a tenth of the time that it has failed for. */
const PAUSE_SHARE = 0.1;

/** When a delivery that has failed `tries` times is tried again (ISO 8601); undefined: never. `random`: from 0 to 1. */
export function nextAttemptAt(params: {
  readonly tries: number;
  readonly now: number;
  readonly random: number;
}): string | undefined {
  const { tries, now, random } = params;
  const delaySeconds = DELAYS_SECONDS[tries - 1];
  if (delaySeconds === undefined) return undefined;
  const factor = 1 + JITTER * (2 * random - 1);
  return new Date(now + delaySeconds * SECOND_MS * factor).toISOString();
}

/** How long a receiver that has failed since then (ISO 8601) is sent nothing at all, in milliseconds. */
export function pauseAfterFailure(failingSince: string, now: number): number {
  const failingMs = now - Date.parse(failingSince);
  return Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, failingMs * PAUSE_SHARE));
}

/** Why a webhook whose receiver has just answered so is to be disabled; undefined: it is not. */
export function reasonToDisable(params: {
  readonly failingSince: string;
  readonly now: number;
  readonly statusCode: number | undefined;
}): string | undefined {
  const { failingSince, now, statusCode } = params;
  if (statusCode === 410) return 'Its receiver answered 410 Gone. Set status to active to go on.';
  if (now - Date.parse(failingSince) < LIMITS.webhookFailingDays * DAY_MS) return undefined;
  return (
    `Every attempt has failed since ${failingSince}. ` +
    'Try it with POST /webhooks/:webhookId/test, then set status to active.'
  );
}
