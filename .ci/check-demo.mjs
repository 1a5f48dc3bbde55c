/** Says whether the output of `npm run --silent demo -- --json` is one JSON document in which every agent succeeded. */
import { readFileSync } from 'node:fs';
import process from 'node:process';

const AGENTS = ['claude', 'codex', 'gemini', 'grok'];

const { mode, repo, runs } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const problems = AGENTS.flatMap((agent) => {
  const run = runs.find((candidate) => candidate.agent === agent);
  if (run?.status !== 'COMPLETED') return [`${agent}: ${run?.status ?? 'did not run'}`];
  return run.patchApplies ? [] : [`${agent}: its patch does not apply`];
});

for (const { agent, status, filesChanged, insertions, deletions, costUsd, durationMs } of runs) {
  const change = `${filesChanged} files +${insertions} -${deletions}`;
  console.log(`${agent}: ${status}, ${change}, $${costUsd}, ${(durationMs / 1000).toFixed(1)} s`);
}
console.log(
  `demo: mode ${mode}, repository ${repo}, ${problems.length === 0 ? 'all agents completed' : problems.join('; ')}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
