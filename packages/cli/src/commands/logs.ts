import type { Command } from 'commander';
import { apiCommand, withApi, type Api } from '../api/api-command.js';
import { dispatchIdOf, ID_ARGUMENT } from '../api/dispatch-id.js';
import { renderLogLine } from '../dispatch/log-line.js';

interface LogsOptions {
  readonly follow?: true;
  readonly tail?: string;
}

/** `outpost logs`. */
export function logsCommand(): Command {
  return apiCommand('logs', 'the log of a dispatch; with --json each line is an object')
    .argument(...ID_ARGUMENT)
    .option('-f, --follow', 'as it grows, until the dispatch has ended')
    .option('-n, --tail <count>', 'only the last so many lines (at most 1000)')
    .action(withApi(logs));
}

async function logs(api: Api, options: LogsOptions, said: string): Promise<void> {
  const { client, output, signal } = api;
  const id = await dispatchIdOf(client, said, signal);
  for await (const line of linesOf(api, id, options)) {
    output.line(line, () => renderLogLine(line, process.stdout));
  }
}

async function* linesOf({ client, signal }: Api, id: string, { follow, tail }: LogsOptions) {
  let cursor: string | undefined;
  if (tail !== undefined) {
    // Where to go on is not known of the last lines: of a log that is followed, all are read and those before left out.
    if (follow !== true) {
      yield* (await client.dispatches.get(id, { logs: Number(tail), signal })).logs ?? [];
      return;
    }
    const { lines, nextCursor } = await wholeLog(id);
    yield* lines.slice(-Number(tail));
    cursor = nextCursor;
  }
  if (follow === true) {
    for await (const { at, kind, text } of client.dispatches.followLogs(id, { cursor, signal })) {
      yield { at, kind, text };
    }
    return;
  }
  yield* (await wholeLog(id)).lines;

  async function wholeLog(dispatchId: string) {
    const lines = [];
    let next: string | undefined;
    for (;;) {
      const page = await client.dispatches.logs(dispatchId, { cursor: next, limit: 1_000, signal });
      lines.push(...page.lines);
      if (page.complete || page.lines.length === 0) return { lines, nextCursor: page.nextCursor };
      next = page.nextCursor;
    }
  }
}
