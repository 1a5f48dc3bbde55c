import type { Fleet } from '@outpost/contracts';
import type { Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { plain } from '../terminal/plain.js';
import { renderTable, type Column } from '../terminal/table.js';
import { duration } from '../terminal/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'agent' },
  { title: 'available' },
  { title: 'model' },
  { title: 'tier' },
  { title: 'busy', align: 'right' },
  { title: 'limit', align: 'right' },
  { title: 'queued', align: 'right' },
  { title: 'warm', align: 'right' },
  { title: 'success', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'p95', align: 'right' },
];

/** `outpost fleet`. */
export function fleetCommand(): Command {
  return apiCommand('fleet', 'every agent: available or why not, its load, how it does').action(
    withApi(async ({ client, output, signal }) => {
      const fleet = await client.fleet({ signal });
      output.result(fleet, () => describeFleet(fleet));
    }),
  );
}

function describeFleet({ agents, tenant }: Fleet): string {
  const reasons = agents
    .filter(({ reason }) => reason !== undefined)
    .map(({ agent, reason }) => `${agent}: ${plain(reason!)}`);
  const load = `This tenant: ${tenant.busy} of ${tenant.limit} busy, ${tenant.queued} queued.`;
  return [renderTable(COLUMNS, agents.map(rowOf)), '', ...reasons, load].join('\n');
}

function rowOf(agent: Fleet['agents'][number]): readonly string[] {
  const ms = (value: number | null): string => (value === null ? '' : duration(value));
  const { successRate } = agent;
  return [
    agent.agent,
    agent.available ? 'yes' : 'no',
    plain(agent.modelId),
    agent.tier,
    String(agent.busy),
    String(agent.limit),
    String(agent.queued),
    String(agent.warm),
    successRate === null ? '' : `${Math.round(successRate * 100)} %`,
    ms(agent.p50DurationMs),
    ms(agent.p95DurationMs),
  ];
}
