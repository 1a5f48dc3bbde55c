import { DeregisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { expect, it, onTestFinished } from 'vitest';
import type { SecretStore } from '../ports/index.js';
import { createEcsWorkshop } from '../testing/aws/ecs-workshop.js';
import { registerWorkerTaskDefinitions } from '../testing/aws/ecs-worker-definitions.js';
import { createSettableClock } from '../testing/settable-clock.js';
import { createAwsAgentInventory } from './agent-inventory.js';

const CLAUDE = { agent: 'claude', tenantId: 'acme' } as const;

async function start() {
  const workshop = await createEcsWorkshop();
  onTestFinished(workshop.cleanup);
  const clock = createSettableClock();
  const keys = new Set(['acme/claude']);
  const secrets: SecretStore = {
    get: () => Promise.reject(new Error('Nobody needs the value here.')),
    has: async ({ tenantId, reference }) =>
      reference.kind === 'agent' && keys.has(`${tenantId}/${reference.agent}`),
  };
  const inventory = createAwsAgentInventory({ ecs: workshop.clients.ecs, secrets, clock });
  const undeploy = () =>
    workshop.clients.ecs.send(
      new DeregisterTaskDefinitionCommand({
        taskDefinition: 'arn:aws:ecs:us-east-1:123456789012:task-definition/outpost-claude-flagship:1',
      }),
    );
  return { ...workshop, clock, inventory, undeploy };
}

it('has an agent that the stack has a task definition for, when the tenant may use its key', async () => {
  const { inventory, inputsOf } = await start();
  expect(await inventory.availability(CLAUDE)).toEqual({ available: true });
  expect(inputsOf('DescribeTaskDefinition')).toMatchObject([{ taskDefinition: 'outpost-claude-flagship' }]);
});

it('says where a key that is missing has to be', async () => {
  const { inventory } = await start();
  expect(await inventory.availability({ agent: 'codex', tenantId: 'acme' })).toEqual({
    available: false,
    reason:
      'There is no key for codex. Put OPENAI_API_KEY into the secret outpost/tenants/acme/agents/codex or outpost/agents/codex of Secrets Manager.',
  });
  expect(await inventory.availability({ ...CLAUDE, tenantId: 'globex' })).toMatchObject({ available: false });
});

it('says how a task definition that is missing gets there', async () => {
  const { inventory, undeploy } = await start();
  await undeploy();
  expect(await inventory.availability(CLAUDE)).toEqual({
    available: false,
    reason: expect.stringMatching(
      /no ECS task definition outpost-claude-flagship\. Deploy the stack/,
    ) as string,
  });
});

it('asks ECS once a minute, whatever the tenant', async () => {
  const { inventory, clock, undeploy, clients, inputsOf } = await start();
  const ask = () => inventory.availability(CLAUDE);
  await Promise.all([ask(), ask(), inventory.availability({ ...CLAUDE, tenantId: 'globex' })]);
  await undeploy();
  clock.advance(59_999);
  expect(await ask()).toEqual({ available: true });
  expect(inputsOf('DescribeTaskDefinition')).toHaveLength(1);
  clock.advance(1);
  expect(await ask()).toMatchObject({ available: false });
  await registerWorkerTaskDefinitions(clients.ecs);
  clock.advance(60_000);
  expect(await ask()).toEqual({ available: true });
});

it('does not remember that ECS did not answer', async () => {
  const { inventory, clients } = await start();
  let isDown = true;
  clients.ecs.middlewareStack.add(
    (next) => (args) => (isDown ? Promise.reject(new Error('ECS is down.')) : next(args)),
    { step: 'initialize' },
  );
  await expect(inventory.availability(CLAUDE)).rejects.toThrow('ECS is down.');
  isDown = false;
  expect(await inventory.availability(CLAUDE)).toEqual({ available: true });
});
