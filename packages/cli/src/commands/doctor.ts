import { Command } from 'commander';
import { styleText } from 'node:util';
import { readConfig } from '../config.js';
import type { Check, Diagnosis } from '../doctor/check.js';
import { EXIT } from '../exit-code.js';
import { Output } from '../terminal/output.js';

/** `outpost doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what is missing for each agent and sandbox, and how to get it')
    .option('--json', 'print the result as JSON on stdout')
    .option('--profile <name>', 'the control plane and key kept under this name')
    .action(async ({ json, profile }: { readonly json?: true; readonly profile?: string }) => {
      const { diagnose } = await import('../doctor/diagnose.js');
      const diagnosis = await diagnose(readConfig(), profile);
      new Output({ isJson: json === true }).result(diagnosis, () => describe(diagnosis));
      if (!diagnosis.ready) process.exitCode = EXIT.failed;
    });
}

function describe({ checks, ready }: Diagnosis): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const areas = [...new Set(checks.map(({ area }) => area))];
  const parts = areas.map((area) => {
    const lines = checks.filter((each) => each.area === area).map((each) => line(each, width));
    return `${styleText('bold', area)}\n${lines.join('\n')}`;
  });
  const verdict = ready ? 'At least one agent can run here.' : 'No agent can run here yet.';
  return [...parts, verdict].join('\n\n');
}

function line({ name, ok, detail, fix }: Check, width: number): string {
  const mark = ok ? styleText('green', 'ok') : styleText('yellow', '--');
  const advice = fix === undefined ? '' : `\n${' '.repeat(width + 7)}${fix}`;
  return `  ${mark} ${name.padEnd(width)}  ${detail}${advice}`;
}
