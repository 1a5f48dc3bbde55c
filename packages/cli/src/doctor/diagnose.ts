import { AGENT_NAMES } from '@outpost/contracts';
import type { CliConfig } from '../config.js';
import { checkAgents } from './agents.js';
import type { Check, Diagnosis } from './check.js';
import { checkControlPlane } from './control-plane.js';
import { checkMachine, checkSandboxes } from './machine.js';

/** Looks at all that agents need to run here. */
export async function diagnose(config: CliConfig, profile: string | undefined): Promise<Diagnosis> {
  const parts = await Promise.all([
    checkMachine(config),
    checkSandboxes(config),
    checkAgents(config),
    checkControlPlane(config, profile),
  ]);
  const checks = parts.flat();
  return { checks, ready: isReady(checks) };
}

/** The machine's tools, one sandbox, and one agent with all that it needs. A control plane can be started any time. */
function isReady(checks: readonly Check[]): boolean {
  const ok = (name: string): boolean => checks.some((each) => each.name === name && each.ok);
  const machine = checks.filter(({ area }) => area === 'machine').every((each) => each.ok);
  const sandbox = checks.some(({ area, ok: works }) => area === 'sandbox' && works);
  const agent = AGENT_NAMES.some((name) => ok(`${name} CLI`) && ok(`${name} key`));
  return machine && sandbox && agent;
}
