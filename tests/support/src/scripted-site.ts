import { AGENTS, type AgentName } from '@outpost/contracts';
import { startScriptedModel, type ScriptedModel } from '@outpost/scripted-model';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fakeAgentEnv } from './fake-agent.js';
import { AGENTS_DIR, scriptedProviders, type Outpost } from './outpost.js';
import type { Site } from './sites/index.js';

/** Where the fake agent takes the place of claude, and the other CLIs are real and talk to the scripted model. */
export interface ScriptedSite {
  readonly model: ScriptedModel;
  readonly site: Site;
  readonly outpost: Outpost;
  close(): Promise<void>;
}

export async function openScriptedSite(open: () => Promise<Site>): Promise<ScriptedSite> {
  const model = await startScriptedModel();
  const site = await open();
  const env = {
    ...scriptedProviders((agent) => model.baseUrlFor(agent)),
    ...(await fakeAgentEnv(site.directory)),
  };
  const outpost = await site.start({ env });
  return {
    model,
    site,
    outpost,
    async close() {
      await outpost.stop();
      await site.close();
      await model.stop();
    },
  };
}

/** Whether `outpost agents install` has put this CLI where the tests look for it. */
export function isInstalled(agent: AgentName): boolean {
  return existsSync(join(AGENTS_DIR, agent, 'node_modules', '.bin', AGENTS[agent].executable));
}
