import { AGENTS, type AgentName } from '@outpost/contracts';
import type { ScriptedModel } from '@outpost/scripted-model';
import type { Environment } from './config.js';

export type DemoMode = 'live' | 'scripted' | 'mixed';

/** Not a secret: some CLIs do not start without a key, and the scripted model looks at none. */
const PLACEHOLDER_KEY = 'scripted-model-takes-any-key';

export interface ModelPlan {
  readonly mode: DemoMode;
  readonly live: readonly AgentName[];
  readonly scripted: readonly AgentName[];
}

/** Agents with a provider key use their real model, the others the scripted one. */
export function planModels(agents: readonly AgentName[], providers: Environment): ModelPlan {
  const live = agents.filter((agent) => providers[AGENTS[agent].apiKeyVariable] !== undefined);
  const scripted = agents.filter((agent) => !live.includes(agent));
  const mode = scripted.length === 0 ? 'live' : live.length === 0 ? 'scripted' : 'mixed';
  return { mode, live, scripted };
}

/** Keys and endpoints for the control plane. */
export function modelEnvironment(params: {
  readonly plan: ModelPlan;
  readonly providers: Environment;
  readonly model: Pick<ScriptedModel, 'baseUrlFor'>;
}): Environment {
  const { plan, providers, model } = params;
  const environment: Record<string, string> = {};
  for (const agent of plan.scripted) {
    environment[AGENTS[agent].apiKeyVariable] = PLACEHOLDER_KEY;
    environment[AGENTS[agent].baseUrlVariable] = model.baseUrlFor(agent);
  }
  for (const agent of plan.live) {
    for (const variable of [AGENTS[agent].apiKeyVariable, AGENTS[agent].baseUrlVariable]) {
      const value = providers[variable];
      if (value !== undefined) environment[variable] = value;
    }
  }
  return environment;
}

/** What a person should know about the models before the run. */
export function describeModels({ mode, live, scripted }: ModelPlan): string {
  const variables = (agents: readonly AgentName[]): string =>
    agents.map((agent) => AGENTS[agent].apiKeyVariable).join(', ');
  if (mode === 'live')
    return `Real models, with the keys in your environment: this costs money (${live.join(', ')}).`;
  const noKeys = `No key for ${scripted.join(', ')}: the CLIs are real, their model is a script on this machine`;
  if (mode === 'scripted') {
    return `${noKeys}, so tokens and cost are made up.\nFor real models set ${variables(scripted)}.`;
  }
  return `Real models, at a cost, for ${live.join(', ')}.\n${noKeys}, so tokens and cost are made up (${variables(scripted)}).`;
}
