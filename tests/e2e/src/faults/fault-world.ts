import type { DispatchStore } from '@outpost/platform';
import { createAwsDispatchStore } from '@outpost/platform/aws';
import { systemClock } from '@outpost/platform';
import { startAwsAccount, type AwsAccount, type Fault } from '@outpost/platform/testing/aws';
import { temporaryDirectory } from '@outpost/test-support';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultyRun, type Surroundings } from './faulty-run.js';

/** Leaves a line where the task says, works unless it is told not to end, and says in claude's words that it is done. */
const AGENT = `#!/bin/sh
prompt=$(cat)
starts=$(printf %s "$prompt" | sed -n 's/.*STARTS=\\([^ ]*\\).*/\\1/p')
echo "$OUTPOST_AGENT_RUN" >> "$starts"
case $prompt in *ENDLESS*) exec sleep 600 ;; esac
echo work > work.txt
echo '{"type":"result","subtype":"success","is_error":false,"result":"Done."}'
`;

/** An AWS account, with control plane and workers in this process. */
export class FaultWorld implements Surroundings {
  readonly account: AwsAccount;
  readonly directory: string;
  readonly agentCommand: string;
  readonly store: DispatchStore;
  readonly #runs: Map<string, FaultyRun>;

  private constructor(
    account: AwsAccount,
    directory: string,
    agentCommand: string,
    runs: Map<string, FaultyRun>,
  ) {
    this.account = account;
    this.directory = directory;
    this.agentCommand = agentCommand;
    this.store = createAwsDispatchStore({ dynamodb: account.clients.dynamodb, clock: systemClock });
    this.#runs = runs;
  }

  static async open(): Promise<FaultWorld> {
    const directory = await temporaryDirectory();
    const runs = new Map<string, FaultyRun>();
    const account = await startAwsAccount({
      directory,
      worker: { command: [], env: {} },
      startContainer: async (container) => {
        const run = runs.get(container.env['OUTPOST_TENANT_ID'] ?? '');
        if (run === undefined) throw new Error('A task without a run.');
        return run.startWorker(container);
      },
    });
    await account.defineWorkers({ environment: {} });
    await account.putSecret({ name: 'outpost/agents/claude', value: 'dummy-key-of-claude-0123456789' });
    const agentCommand = join(directory, 'agent.sh');
    await writeFile(agentCommand, AGENT, { mode: 0o755 });
    return new FaultWorld(account, directory, agentCommand, runs);
  }

  start(fault: Fault | undefined): FaultyRun {
    const run = new FaultyRun(this, fault);
    this.#runs.set(run.tenantId, run);
    return run;
  }

  /** The ids of the dispatches whose cost the ledger knows. A consumer drops what it has seen, and so does this. */
  async costEvents(tenantId: string): Promise<readonly string[]> {
    const events = (await this.account.ledger()).filter((event) => event.tenantId === tenantId);
    return [...new Set(events.map(({ eventId }) => eventId))];
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.close();
    await this.account.close();
  }
}
