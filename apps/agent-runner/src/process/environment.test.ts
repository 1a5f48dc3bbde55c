import { describe, expect, it } from 'vitest';
import { agentEnvironment } from './environment.js';

describe('the environment of an agent', () => {
  const environment = agentEnvironment({ path: '/bin', home: '/w/home', tmpDir: '/w/tmp' });

  it('is made of what it is given, and of settings that stop prompts and colours', () => {
    expect(environment).toMatchObject({
      PATH: '/bin',
      HOME: '/w/home',
      TMPDIR: '/w/tmp',
      LANG: 'C.UTF-8',
      TERM: 'dumb',
    });
    expect(environment).toMatchObject({ NO_COLOR: '1', GIT_TERMINAL_PROMPT: '0' });
    expect(agentEnvironment({ path: '', home: '/h', tmpDir: '/t', lang: 'de_CH.UTF-8' })['LANG']).toBe(
      'de_CH.UTF-8',
    );
  });

  it('keeps what tools store per user in its own HOME', () => {
    const directories = Object.entries(environment).filter(([name]) => name.startsWith('XDG_'));
    expect(directories).toHaveLength(4);
    for (const [, directory] of directories) expect(directory).toMatch(/^\/w\/home\/\./);
  });

  it('does not make package managers and test runners think they are in CI', () => {
    expect(environment).not.toHaveProperty('CI');
  });
});
