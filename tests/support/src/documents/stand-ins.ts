import { AGENT_NAMES, AGENTS, type AgentName } from '@outpost/contracts';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../outpost.js';

const RECORDINGS = join(REPOSITORY_ROOT, 'apps/agent-runner/src/agents/fixtures');

/** What aider prints; of the others there are recordings. */
const AIDER = "echo 'Applied edit to NOTES.md'; echo 'Tokens: 12k sent, 133 received. Cost: $0.04 message.'";

/**
 * For documents: whatever the task is, it adds a line to NOTES.md and to src/cart.js, and says what the CLI of that
 * agent says of a run that went well.
 */
function scriptOf(agent: AgentName): string {
  const says = agent === 'aider' ? AIDER : `cat '${join(RECORDINGS, `${agent}.success.jsonl`)}'`;
  return `#!/bin/sh
set -eu
cat > /dev/null
echo 'This is a small shopping cart.' >> NOTES.md
if [ -d src ]; then echo '// An empty cart costs nothing.' >> src/cart.js; fi
${says}
`;
}

/** Stand-ins for all five agents, written into \`directory\`; returns what puts them in the place of the CLIs. */
export async function standInEnv(directory: string): Promise<Record<string, string>> {
  const entries = await Promise.all(
    AGENT_NAMES.map(async (agent) => {
      const file = join(directory, `stand-in-${agent}`);
      await writeFile(file, scriptOf(agent));
      await chmod(file, 0o755);
      return [
        [`OUTPOST_AGENT_COMMAND_${agent.toUpperCase()}`, file],
        [AGENTS[agent].apiKeyVariable, `dummy-key-of-${agent}-0123456789`],
      ];
    }),
  );
  return Object.fromEntries(entries.flat()) as Record<string, string>;
}
