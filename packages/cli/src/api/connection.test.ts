import { chmod, mkdtemp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readConfig, type CliConfig } from '../config.js';
import { findConnection, findUrl } from './connection.js';
import { readProfiles, writeProfiles } from './profiles.js';

const key = (digit: string): string => `otp_${digit.repeat(64)}`;
const PROFILES = {
  current: 'prod',
  profiles: {
    prod: { url: 'https://outpost.example.com', apiKey: key('a') },
    stage: { url: 'https://stage.example.com', apiKey: key('b') },
  },
};

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'outpost-cli-'));
});

function configOf(environment: Record<string, string> = {}): CliConfig {
  return readConfig({ HOME: home, OUTPOST_DATA_DIR: join(home, 'data'), ...environment });
}

async function keepKey(value = key('c')): Promise<void> {
  await mkdir(join(home, 'data'));
  await writeFile(join(home, 'data', 'bootstrap-api-key'), `${value}\n`);
}

test('a control plane of this machine, whose key is where it keeps its data', async () => {
  await keepKey();
  expect(await findConnection(configOf())).toEqual({
    url: 'http://127.0.0.1:3000',
    apiKey: key('c'),
    keySource: join(home, 'data', 'bootstrap-api-key'),
  });
  expect((await findConnection(configOf({ PORT: '3333' }))).url).toBe('http://127.0.0.1:3333');
  expect((await findConnection(configOf({ OUTPOST_URL: 'http://localhost:1/' }))).url).toBe(
    'http://localhost:1',
  );
});

test('the current profile, another one by name, and the environment before the current', async () => {
  const config = configOf();
  await writeProfiles(config.configDir, PROFILES);
  expect(await findConnection(config)).toMatchObject({
    ...PROFILES.profiles.prod,
    keySource: 'profile prod',
  });
  const environment = configOf({ OUTPOST_URL: 'https://other.example.com', OUTPOST_API_KEY: key('d') });
  expect(await findConnection(environment)).toMatchObject({
    url: 'https://other.example.com',
    apiKey: key('d'),
  });
  expect(await findConnection(environment, 'stage')).toMatchObject(PROFILES.profiles.stage);
  expect(await findConnection(configOf({ OUTPOST_API_KEY: key('d') }))).toMatchObject({
    url: PROFILES.profiles.prod.url,
    apiKey: key('d'),
  });
  expect(await findUrl(config, 'stage')).toBe(PROFILES.profiles.stage.url);
  await expect(findConnection(config, 'nobody')).rejects.toThrow('known: prod, stage');
});

test('a key goes to no server but its own', async () => {
  await keepKey();
  await writeProfiles(configOf().configDir, PROFILES);
  const elsewhere = configOf({ OUTPOST_URL: 'https://evil.example.com' });
  await expect(findConnection(elsewhere)).rejects.toThrow('There is no API key for https://evil.example.com');
  await expect(findConnection(configOf({ OUTPOST_URL: 'nonsense' }))).rejects.toThrow('OUTPOST_URL must be');
});

test('what is no key is not shown', async () => {
  await keepKey('something else');
  await expect(findConnection(configOf())).rejects.toThrow(/is not an API key: otp_ and 64 hex digits\.$/);
});

test('profiles are kept for this user alone, and checked', async () => {
  const { configDir } = configOf({ XDG_CONFIG_HOME: join(home, 'xdg') });
  expect(await readProfiles(configDir)).toEqual({ profiles: {} });
  await writeProfiles(configDir, PROFILES);
  const file = join(home, 'xdg', 'outpost', 'config.json');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readProfiles(configDir)).toEqual(PROFILES);

  const bad = { profiles: { prod: { url: 'ftp://x', apiKey: 'sk-secret' } } };
  await expect(writeProfiles(configDir, bad)).rejects.toThrow(
    /^profiles\.prod\.url must be an http or https URL; profiles\.prod\.apiKey must be an API key/,
  );
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(PROFILES);
  await writeFile(file, '{');
  await expect(readProfiles(configDir)).rejects.toThrow('is not JSON');
  await chmod(file, 0o644);
  await expect(readProfiles(configDir)).rejects.toThrow(`chmod 600 '${file}'`);
});
