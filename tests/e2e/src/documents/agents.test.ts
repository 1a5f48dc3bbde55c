import {
  AGENT_NAMES,
  AGENTS,
  LIMITS,
  MODEL_PRICES,
  PRICES_AS_OF,
  TIERS,
  type AgentName,
} from '@outpost/contracts';
import { readDocument, REPOSITORY_ROOT } from '@outpost/test-support';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tableBelow, tablesIn } from './tables.js';

const ALL = readDocument('docs/agents/README.md').text;
const pageOf = (agent: AgentName): string => readDocument(`docs/agents/${agent}.md`).text;

/** The version of the CLI that \`infra/images\` pins. */
function versionOf(agent: AgentName): string {
  const { packageName, registry } = AGENTS[agent];
  const file = registry === 'npm' ? 'package.json' : 'requirements.txt';
  const text = readFileSync(join(REPOSITORY_ROOT, 'infra/images', agent, 'cli', file), 'utf8');
  if (registry === 'pypi') return text.trim().split('==')[1]!;
  return (JSON.parse(text) as { dependencies: Record<string, string> }).dependencies[packageName]!;
}

it('the table of agents has each as it is', () => {
  const expected = AGENT_NAMES.map((agent) => {
    const { displayName, strengths, defaultModelId, tier, apiKeyVariable } = AGENTS[agent];
    const link = `[${agent}](${agent}.md)`;
    return [link, displayName, strengths, defaultModelId, tier, apiKeyVariable, versionOf(agent)];
  });
  expect(tablesIn(ALL)[0]).toEqual(expected);
});

describe.each(AGENT_NAMES)('docs/agents/%s.md', (agent) => {
  it('has what the catalogue has', () => {
    const definition = AGENTS[agent];
    expect(Object.fromEntries(tablesIn(pageOf(agent))[0]!)).toEqual({
      package: definition.packageName,
      version: versionOf(agent),
      from: definition.registry,
      executable: definition.executable,
      'model without modelId': definition.defaultModelId,
      tier: definition.tier,
      key: definition.apiKeyVariable,
      'another endpoint': definition.baseUrlVariable,
      'host of the provider': definition.apiHost,
    });
  });
});

it('the pages have every known price, and no other', () => {
  const rows = AGENT_NAMES.flatMap((agent) => tableBelow(pageOf(agent), 'Models'));
  const prices = rows.map(([model, ...numbers]) => {
    const [input, output, cacheRead, cacheWrite] = numbers.map(Number);
    return [model, { input, output, cacheRead, cacheWrite }];
  });
  expect(Object.fromEntries(prices)).toEqual(MODEL_PRICES);
  expect(ALL).toContain(`as of ${PRICES_AS_OF}`);
});

it('the table of tiers has each as it is', () => {
  const documented = tableBelow(ALL, 'Tiers').map(([name, ...numbers]) => [name, numbers.map(Number)]);
  const sizes = Object.entries(TIERS).map(([name, { cpuUnits, memoryMb, storageGb }]) => [
    name,
    [cpuUnits / 1024, memoryMb, storageGb],
  ]);
  expect(documented).toEqual(sizes);
});

it('the limits of what comes back are as they are', () => {
  expect(ALL).toContain(`up to ${LIMITS.outputMaxCharacters.toLocaleString('en')} characters`);
});
