import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Git asks `Username for 'https://host': ` and then `Password for 'https://x-access-token@host': `. A prompt for any
 * other origin (git follows redirects) gets no answer. The script holds no secret: that is in its environment.
 */
const HELPER = `#!/bin/sh
scheme="\${OUTPOST_GIT_ORIGIN%%://*}"
host="\${OUTPOST_GIT_ORIGIN#*://}"
case "$1" in
  "Username for '$OUTPOST_GIT_ORIGIN': ") printf '%s\\n' x-access-token ;;
  "Password for '$scheme://x-access-token@$host': ") printf '%s\\n' "$OUTPOST_GIT_TOKEN" ;;
  *) exit 1 ;;
esac
`;

/** Runs `action` with an askpass helper that only this user can read, and that is gone afterwards. */
export async function withAskpassHelper<T>(
  directory: string,
  action: (helper: string) => Promise<T>,
): Promise<T> {
  const place = await mkdtemp(join(directory, 'askpass-'));
  try {
    const helper = join(place, 'askpass.sh');
    await writeFile(helper, HELPER, { mode: 0o700, flag: 'wx' });
    return await action(helper);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
