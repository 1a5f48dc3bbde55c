import { stripVTControlCharacters, styleText } from 'node:util';
import { renderTable, type Column } from '../terminal/table.js';
import type { Places } from './places.js';
import { isSuccess, type DemoDocument, type DemoRun } from './results.js';

const COLUMNS: readonly Column[] = [
  { title: 'agent' },
  { title: 'status' },
  { title: 'model' },
  { title: 'files', align: 'right' },
  { title: '+/-', align: 'right' },
  { title: 'tokens in/out', align: 'right' },
  { title: 'cost', align: 'right' },
  { title: 'duration', align: 'right' },
  { title: 'patch' },
];
const PATCH_MAX_LINES = 80;

/** What a person sees at the end: the table, what failed, one patch, and where everything lies. */
export function renderReport(document: DemoDocument, places: Places): string {
  const shown = document.runs.find(({ patch }) => patch !== '');
  return [
    renderRuns(document.runs),
    ...document.runs.filter(({ failure }) => failure !== undefined).map(renderFailure),
    ...(shown === undefined ? [] : [`The patch of ${shown.agent}:\n\n${renderPatch(shown.patch)}`]),
    renderPlaces(document, places),
    isSuccess(document)
      ? styleText('green', 'Every agent completed, and every patch applies to its base.')
      : styleText('red', 'Not every agent completed with a patch that applies.'),
  ].join('\n\n');
}

function renderRuns(runs: readonly DemoRun[]): string {
  const lines = renderTable(COLUMNS, runs.map(cellsOf)).split('\n');
  return lines
    .map((line, index) => {
      const status = runs[index - 2]?.status;
      return status === undefined
        ? line
        : line.replace(status, styleText(status === 'COMPLETED' ? 'green' : 'red', status));
    })
    .join('\n');
}

function cellsOf(run: DemoRun): readonly string[] {
  const hasTokens = run.inputTokens !== null && run.outputTokens !== null;
  return [
    run.agent,
    run.status,
    run.modelId ?? '-',
    String(run.filesChanged),
    `+${run.insertions}/-${run.deletions}`,
    // A person asks what went in, not which part of it a cache served.
    hasTokens ? `${run.inputTokens + (run.cachedInputTokens ?? 0)}/${run.outputTokens}` : '-',
    run.costUsd === null ? '-' : `$${run.costUsd.toFixed(4)}`,
    run.durationMs === null ? '-' : `${(run.durationMs / 1000).toFixed(1)} s`,
    run.patchApplies ? 'applies' : 'no',
  ];
}

function renderFailure({ agent, status, failure }: DemoRun): string {
  const hint = failure?.hint === undefined ? '' : `\n  ${failure.hint}`;
  return `${styleText('red', `${agent} ${status}`)}: ${stripVTControlCharacters(failure?.message ?? '')}${hint}`;
}

function renderPatch(patch: string): string {
  const lines = patch.trimEnd().split('\n');
  const hidden = lines.length - PATCH_MAX_LINES;
  const shown = lines.slice(0, PATCH_MAX_LINES).map(colourLine);
  return [...shown, ...(hidden > 0 ? [`… and ${hidden} more lines`] : [])].join('\n');
}

function colourLine(line: string): string {
  // The patch is the agent's: nothing in it may steer the terminal.
  // oxlint-disable-next-line no-control-regex -- these are what has to go
  const text = stripVTControlCharacters(line).replaceAll(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g, '');
  if (text.startsWith('diff ') || text.startsWith('+++') || text.startsWith('---'))
    return styleText('bold', text);
  if (text.startsWith('@@')) return styleText('cyan', text);
  if (text.startsWith('+')) return styleText('green', text);
  return text.startsWith('-') ? styleText('red', text) : text;
}

function renderPlaces(document: DemoDocument, places: Places): string {
  return [
    `Repository  ${document.repo}`,
    `Artifacts   ${places.resultsDir}/<agent>`,
    `Data        ${places.serverDir}`,
    `Log         ${places.logFile}`,
  ].join('\n');
}
