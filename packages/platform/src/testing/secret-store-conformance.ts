import type { AgentName } from '@outpost/contracts';
import { describe, expect, onTestFinished } from 'vitest';
import type { KnownSecrets, SecretReference, SecretStore } from '../ports/index.js';
import { itExcept, type LeftOut } from './left-out.js';

/** Secrets of the fleet or of a tenant, as a harness has to put them where the driver looks. */
export interface SecretSeed {
  readonly agents?: Readonly<Partial<Record<AgentName, string>>>;
  readonly github?: string;
  /** Tokens by host; a tenant's only. */
  readonly git?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface SecretStoreHarness {
  create(seed: {
    readonly fleet: Omit<SecretSeed, 'secrets' | 'git'>;
    readonly tenants: Readonly<Record<string, SecretSeed>>;
  }): Promise<{
    readonly secrets: SecretStore;
    readonly known: KnownSecrets;
    cleanup(): Promise<void>;
  }>;
}

const CLAUDE: SecretReference = { kind: 'agent', agent: 'claude' };
const CODEX: SecretReference = { kind: 'agent', agent: 'codex' };
const GITHUB: SecretReference = { kind: 'github' };
const GITEA: SecretReference = { kind: 'git', host: 'git.example.com' };
const OWN: SecretReference = { kind: 'tenant', name: 'NPM_REGISTRY_KEY' };

/** What every secret store must do. */
export function describeSecretStoreConformance(
  name: string,
  harness: SecretStoreHarness,
  leftOut?: LeftOut,
): void {
  const it = itExcept(leftOut);
  const start = async (seed: Parameters<SecretStoreHarness['create']>[0]) => {
    const { secrets, cleanup } = await harness.create(seed);
    onTestFinished(cleanup);
    return async (tenantId: string, reference: SecretReference) => {
      const value = await secrets.get({ tenantId, reference });
      expect(await secrets.has({ tenantId, reference })).toBe(value !== undefined);
      return value;
    };
  };

  describe(`SecretStore: ${name}`, () => {
    it('answers undefined when there is none', async () => {
      const get = await start({ fleet: {}, tenants: {} });
      for (const reference of [CLAUDE, GITHUB, OWN]) expect(await get('acme', reference)).toBeUndefined();
    });

    it("answers a tenant's own before the fleet's", async () => {
      const get = await start({
        fleet: { agents: { claude: 'fleet-claude', codex: 'fleet-codex' }, github: 'fleet-github' },
        tenants: { acme: { agents: { claude: 'acme-claude' }, github: 'acme-github' } },
      });
      expect(await get('acme', CLAUDE)).toBe('acme-claude');
      expect(await get('acme', CODEX)).toBe('fleet-codex');
      expect(await get('acme', GITHUB)).toBe('acme-github');
      expect(await get('globex', CLAUDE)).toBe('fleet-claude');
      expect(await get('globex', GITHUB)).toBe('fleet-github');
    });

    it("never answers another tenant's", async () => {
      const get = await start({
        fleet: {},
        tenants: { acme: { agents: { claude: 'acme-claude' }, secrets: { NPM_REGISTRY_KEY: 'acme-key' } } },
      });
      expect(await get('acme', OWN)).toBe('acme-key');
      expect(await get('globex', OWN)).toBeUndefined();
      expect(await get('globex', CLAUDE)).toBeUndefined();
    });

    it("answers a tenant's token for a host, and for no other", async () => {
      const get = await start({
        fleet: { github: 'fleet-github' },
        tenants: { acme: { git: { 'git.example.com': 'acme-gitea' } } },
      });
      expect(await get('acme', GITEA)).toBe('acme-gitea');
      expect(await get('globex', GITEA)).toBeUndefined();
      for (const host of ['example.com', 'git.example.com.evil.test', '../github', ''])
        expect(await get('acme', { kind: 'git', host }), host).toBeUndefined();
    });

    it("knows every value of a tenant and of the fleet, and no other tenant's", async () => {
      const { known, cleanup } = await harness.create({
        fleet: { agents: { claude: 'fleet-claude' }, github: 'fleet-github' },
        tenants: {
          acme: {
            agents: { codex: 'acme-codex' },
            github: 'acme-github',
            git: { 'git.example.com': 'acme-gitea' },
            secrets: { NPM_REGISTRY_KEY: 'acme-key', DEPLOY_KEY: 'acme-deploy' },
          },
          acmex: { secrets: { NPM_REGISTRY_KEY: 'acmex-key' } },
        },
      });
      onTestFinished(cleanup);
      const fleet = ['fleet-claude', 'fleet-github'];
      const own = ['acme-codex', 'acme-deploy', 'acme-gitea', 'acme-github', 'acme-key'];
      const values = async (tenantId: string) => [...(await known.valuesOf({ tenantId }))].toSorted();
      expect(await values('acme')).toEqual([...own, ...fleet]);
      expect(await values('globex')).toEqual(fleet);
    });

    it('is not taken in by names that every object has', async () => {
      const get = await start({
        fleet: {},
        tenants: { acme: { secrets: { NPM_REGISTRY_KEY: 'acme-key' } } },
      });
      for (const word of ['constructor', '__proto__', 'toString']) {
        expect(await get('acme', { kind: 'tenant', name: word })).toBeUndefined();
        expect(await get(word, OWN)).toBeUndefined();
      }
    });
  });
}
