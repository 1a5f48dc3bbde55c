const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARACTERS = 10;

/** Epoch milliseconds at which a dispatch id was made: a ULID begins with its time. */
export function ulidTimeMs(ulid: string): number {
  let time = 0;
  for (const digit of ulid.slice(0, TIME_CHARACTERS)) time = time * DIGITS.length + DIGITS.indexOf(digit);
  return time;
}
