import { AGENTS, type RecordIn } from '@outpost/contracts';
import type { Sandbox } from '@outpost/platform/sandbox';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterFor, type AgentVerdict } from '../agents/index.js';
import type { AgentResult } from '../conclusion.js';
import { PhaseError } from '../phase-error.js';
import type { Redactor } from '../redaction/index.js';
import type { Worker } from '../worker.js';
import { runConfined, type SandboxedRun } from './run-confined.js';

/** Runs the agent's CLI to its end. No process of it is left when this resolves. */
export async function runAgent(run: SandboxedRun, prompt: string): Promise<AgentResult> {
  const { worker, record, workspace, secrets, sandbox, redactor, log } = run;
  const adapter = adapterFor(record.agent);
  // Where the agent's user can read it.
  const promptFile = join(workspace.tmp, 'prompt.md');
  await writeFile(promptFile, prompt, { mode: 0o600 });
  const command = await adapter.prepare({
    executable: executableOf(worker, record, sandbox),
    modelId: record.modelId,
    prompt,
    promptFile,
    homeDir: workspace.home,
    repoDir: workspace.repo,
    apiKey: secrets.agentKey,
    baseUrl: worker.config.agentBaseUrls[record.agent],
  });
  const parser = adapter.createParser();
  const exit = await runConfined(run, command, (stream, text) =>
    parser.line(stream, text).forEach((line) => log.agent(line)),
  );
  for (const line of parser.flush()) log.agent(line);
  return { exit, verdict: redacted(parser.verdict(exit), redactor) };
}

function executableOf({ platform }: Worker, { agent }: RecordIn<'RUNNING'>, sandbox: Sandbox): string {
  if (sandbox.bringsCli && !platform.agents.isReplaced(agent)) return AGENTS[agent].executable;
  const executable = platform.agents.locate(agent);
  if (executable === undefined)
    throw new PhaseError('agent_missing', `The ${agent} CLI is not on this worker.`);
  return executable;
}

// Lines were redacted one by one; what a parser joined from several has to be looked at again.
function redacted(verdict: AgentVerdict, redactor: Redactor): AgentVerdict {
  const { finalMessage, error } = verdict;
  return {
    ...verdict,
    finalMessage: finalMessage === undefined ? undefined : redactor.text(finalMessage),
    error: error === undefined ? undefined : { ...error, message: redactor.text(error.message) },
  };
}
