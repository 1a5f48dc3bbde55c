import { API_KEY_PATTERN } from '@outpost/contracts';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';

const UrlSchema = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/** A control plane and a key for it. */
const ProfileSchema = z.strictObject({
  url: UrlSchema,
  apiKey: z.string().regex(API_KEY_PATTERN, 'must be an API key: otp_ and 64 hex digits'),
});
const ProfilesSchema = z.strictObject({
  /** Used where no other is asked for. */
  current: z.string().optional(),
  profiles: z.record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a profile is named with letters, digits or ._-'),
    ProfileSchema,
  ),
});
export type Profiles = z.infer<typeof ProfilesSchema>;

/** Reads what is kept; nothing is kept at first. Refuses a file that others may read: it holds keys. */
export async function readProfiles(configDir: string): Promise<Profiles> {
  const file = fileIn(configDir);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    await refuseShared(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { profiles: {} };
    throw error;
  }
  return parse(file, text);
}

/** Checks and keeps them, for this user alone; whoever reads meanwhile reads the old ones or the new ones. */
export async function writeProfiles(configDir: string, profiles: Profiles): Promise<void> {
  const checked = check(ProfilesSchema.safeParse(profiles), '');
  await mkdir(configDir, { recursive: true, mode: 0o700 });
  const file = fileIn(configDir);
  const next = `${file}.${randomUUID()}`;
  try {
    await writeFile(next, `${JSON.stringify(checked, null, 2)}\n`, { mode: 0o600, flush: true });
    await chmod(next, 0o600);
    await rename(next, file);
  } finally {
    await rm(next, { force: true });
  }
}

function fileIn(configDir: string): string {
  return join(configDir, 'config.json');
}

async function refuseShared(file: string): Promise<void> {
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CliError(`${file} holds API keys, and others may read it. Run: chmod 600 '${file}'`);
  }
}

function parse(file: string, text: string): Profiles {
  try {
    return check(ProfilesSchema.safeParse(JSON.parse(text)), `${file}: `);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} is not JSON. Correct it, or delete it and add the profiles again.`);
  }
}

function check(result: z.ZodSafeParseResult<Profiles>, where: string): Profiles {
  if (result.success) return result.data;
  // The path and the rule, never the value: it may be a key.
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  throw new CliError(`${where}${problems.join('; ')}`, { exitCode: EXIT.usage });
}
