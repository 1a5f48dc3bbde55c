import { expect, test } from 'vitest';
import { readConfig } from './config.js';

test('directories: the repository by default, else as the caller sees them', () => {
  const byDefault = readConfig({});
  expect(byDefault.dataDir).toBe(`${byDefault.repoRoot}/.outpost`);
  expect(byDefault.agentsDir).toBe(`${byDefault.repoRoot}/.outpost/agents`);
  const relative = readConfig({ INIT_CWD: '/somewhere', OUTPOST_DATA_DIR: 'data' });
  expect(relative).toMatchObject({ dataDir: '/somewhere/data', agentsDir: '/somewhere/data/agents' });
  expect(readConfig({ OUTPOST_AGENTS_DIR: '/agents', OUTPOST_DATA_DIR: '' }).agentsDir).toBe('/agents');
});

test('children get what they need, and nothing that misleads them', () => {
  const config = readConfig({
    PATH: '/bin',
    HOME: '/home/me',
    HTTPS_PROXY: 'http://proxy',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
    npm_config_cafile: '/ca.pem',
    NPM_CONFIG_OMIT: 'optional',
    npm_config_local_prefix: '/elsewhere',
    npm_lifecycle_event: 'demo',
    PIP_CERT: '/ca.pem',
    OPENAI_API_KEY: 'sk',
    ANTHROPIC_API_KEY: '',
    NODE_OPTIONS: '--inspect',
    AWS_SECRET_ACCESS_KEY: 'no',
  });
  expect(config.base).toEqual({ PATH: expect.stringMatching(/:\/bin$/) as string, HOME: '/home/me' });
  expect(config.network).toEqual({
    HTTPS_PROXY: 'http://proxy',
    no_proxy: 'localhost',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  });
  expect(config.npm).toEqual({ npm_config_cafile: '/ca.pem' });
  expect(config.pip).toEqual({ PIP_CERT: '/ca.pem' });
  expect(config.providers).toEqual({ OPENAI_API_KEY: 'sk' });
});
