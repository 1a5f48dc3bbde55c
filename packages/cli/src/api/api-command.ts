import { OutpostClient } from '@outpost/client';
import { Command } from 'commander';
import { readConfig, type CliConfig } from '../config.js';
import { untilInterrupted } from '../interrupt.js';
import { Output } from '../terminal/output.js';
import { findConnection, type Connection } from './connection.js';
import { explained } from './explain.js';

/** What a command that talks to the API is given. */
export interface Api {
  readonly client: OutpostClient;
  readonly connection: Connection;
  readonly config: CliConfig;
  readonly output: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

interface ApiOptions {
  readonly json?: true;
  readonly profile?: string;
}

/** A command that talks to the API: with `--json` and `--profile`. */
export function apiCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'print the result as JSON on stdout; everything else goes to stderr')
    .option('--profile <name>', 'the control plane and key kept under this name');
}

/** The action of such a command. Arguments are those of the command, in their order. */
export function withApi<Options extends object>(
  run: (api: Api, options: Options, ...args: string[]) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.opts<Options & ApiOptions>();
    const config = readConfig();
    const output = new Output({ isJson: options.json === true });
    const connection = await findConnection(config, options.profile);
    const { url: baseUrl, apiKey } = connection;
    const client = new OutpostClient({ baseUrl, apiKey });
    try {
      await untilInterrupted((signal) =>
        run({ client, connection, config, output, signal }, options, ...(given.slice(0, -2) as string[])),
      );
    } catch (error) {
      throw explained(error, { connection, config, listing: listingOf(command) });
    }
  };
}

/** The command that shows what there is of what this one is about. */
function listingOf({ parent }: Command): string {
  const hasList = parent?.commands.some((each) => each.name() === 'list') === true;
  return hasList ? `${parent.name()} list` : 'runs';
}
