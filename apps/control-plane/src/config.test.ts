import { describe, expect, it } from 'vitest';
import { readConfig } from './config.js';

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      mode: 'local',
      limits: { perAgent: 5, perTenant: 10 },
      rateLimitPerMinute: 60,
      sandbox: 'auto',
      agentCommands: {},
      agentBaseUrls: {},
    });
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readConfig({ PORT: '', OUTPOST_AGENT_COMMAND_CLAUDE: '' })).toMatchObject({
      port: 3000,
      agentCommands: {},
    });
  });

  it('reads what belongs to an agent by its name', () => {
    const env = { OUTPOST_AGENT_COMMAND_GROK: '/bin/grok', GOOGLE_GEMINI_BASE_URL: 'http://127.0.0.1:1' };
    expect(readConfig(env)).toMatchObject({
      agentCommands: { grok: '/bin/grok' },
      agentBaseUrls: { gemini: 'http://127.0.0.1:1' },
    });
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT must be a whole number, from 0 to 65535'],
    [{ PORT: '70000' }, 'PORT must be a whole number, from 0 to 65535'],
    [
      { OUTPOST_MAX_CONCURRENT_PER_AGENT: '0' },
      'OUTPOST_MAX_CONCURRENT_PER_AGENT must be a whole number, 1 or more',
    ],
    [
      { OUTPOST_RATE_LIMIT_PER_MINUTE: '-1' },
      'OUTPOST_RATE_LIMIT_PER_MINUTE must be a whole number, 0 or more',
    ],
    [{ OUTPOST_BOOTSTRAP_API_KEY: 'secret' }, 'OUTPOST_BOOTSTRAP_API_KEY must be otp_ and 64 hex digits'],
    [{ OUTPOST_SANDBOX: 'bwrap' }, 'OUTPOST_SANDBOX must be auto or none'],
    [{ OUTPOST_MODE: 'aws' }, 'OUTPOST_MODE must be local'],
  ])('refuses %j, and says what would be right', (env, message) => {
    expect(() => readConfig(env)).toThrow(message);
  });

  it('names every wrong variable at once', () => {
    expect(() => readConfig({ PORT: 'x', OUTPOST_SANDBOX: 'y' })).toThrow(/PORT[^]*OUTPOST_SANDBOX/);
  });
});
