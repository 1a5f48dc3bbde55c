import { Command } from 'commander';
import { once } from 'node:events';
import { readConfig, type CliConfig } from '../config.js';
import { placesOf } from '../demo/places.js';
import { renderReport } from '../demo/report.js';
import { isSuccess, type DemoDocument } from '../demo/results.js';
import { untilInterrupted } from '../interrupt.js';

interface DemoOptions {
  readonly json?: true;
  readonly repo?: string;
  readonly keepRunning?: true;
}

/** `outpost demo`. */
export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'dispatch one task to claude, codex, gemini and grok at the same time, and show what they did',
    )
    .option('--json', 'print one JSON document on stdout; progress goes to stderr')
    .option('--repo <url|path>', 'use this repository instead of a small one made for the demo')
    .option('--keep-running', 'leave the control plane running afterwards, until Ctrl-C')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  // Only the demo needs the scripted model and all that comes with it.
  const { runDemo } = await import('../demo/demo.js');
  const config = readConfig();
  const stream = options.json === true ? process.stderr : process.stdout;
  await untilInterrupted(async (signal) => {
    await runDemo({
      config,
      repo: options.repo,
      stream,
      signal,
      onResult: async (document, server) => {
        process.stdout.write(render(document, config, options));
        process.exitCode = isSuccess(document) ? 0 : 1;
        if (options.keepRunning !== true) return;
        stream.write(`\nStill running: ${server.url}\nAPI key        ${server.apiKey}\nCtrl-C ends it.\n`);
        await interruption(signal);
      },
    });
  });
}

function render(document: DemoDocument, config: CliConfig, options: DemoOptions): string {
  if (options.json === true) return `${JSON.stringify(document, null, 2)}\n`;
  return `\n${renderReport(document, placesOf(config))}\n`;
}

async function interruption(signal: AbortSignal): Promise<void> {
  // Only a timer keeps the process alive while it waits for a signal.
  const timer = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(timer);
}
