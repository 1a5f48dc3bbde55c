import { describe, expect, it } from 'vitest';
import { SandboxSettingsSchema } from './sandbox.js';

describe('the settings of the sandbox', () => {
  it('have defaults', () => {
    expect(SandboxSettingsSchema.parse({})).toEqual({
      wanted: 'auto',
      agentUser: undefined,
      readable: [],
      egressHosts: ['*'],
      engine: { host: undefined, runtimeDir: undefined },
      images: {},
    });
  });

  it('name the engine and the images of agents', () => {
    const parsed = SandboxSettingsSchema.parse({
      OUTPOST_SANDBOX: 'container',
      DOCKER_HOST: 'unix:///var/run/docker.sock',
      XDG_RUNTIME_DIR: '/run/user/1000',
      OUTPOST_AGENT_IMAGE_CLAUDE: 'registry.example.com:5000/claude@sha256:0123',
    });
    expect(parsed).toMatchObject({
      wanted: 'container',
      engine: { host: 'unix:///var/run/docker.sock', runtimeDir: '/run/user/1000' },
      images: { claude: 'registry.example.com:5000/claude@sha256:0123' },
    });
  });

  it.each([
    [{ OUTPOST_SANDBOX: 'docker' }, 'must be auto or one of container, bwrap, uid, none'],
    [{ OUTPOST_AGENT_IMAGE_CODEX: 'two words' }, 'must be the name of an image'],
    [{ OUTPOST_AGENT_UID: '0' }, 'must be the id of a user that is not root'],
    [{ OUTPOST_SANDBOX_READABLE: 'tools' }, 'must name absolute paths'],
  ])('say what is wrong with %o', (environment, message) => {
    const parsed = SandboxSettingsSchema.safeParse(environment);
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});
