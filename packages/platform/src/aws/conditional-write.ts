import { isNamed } from './errors.js';

/** Whether a write was made: false when its condition did not hold. Rejects with all else that goes wrong. */
export async function isWritten(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isNamed(error, 'ConditionalCheckFailedException')) return false;
    throw error;
  }
}
