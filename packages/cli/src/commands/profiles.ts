import { Command } from 'commander';
import { readProfiles, writeProfiles } from '../api/profiles.js';
import { CliError } from '../cli-error.js';
import { readConfig } from '../config.js';
import { EXIT } from '../exit-code.js';
import { askSecret } from '../terminal/ask-secret.js';
import { Output, tableOr } from '../terminal/output.js';

interface JsonOption {
  readonly json?: true;
}

const JSON_OPTION = ['--json', 'print the result as JSON on stdout'] as const;
const COLUMNS = ['', 'profile', 'url'].map((title) => ({ title }));

/** `outpost profiles`. */
export function profilesCommand(): Command {
  const command = new Command('profiles').description('control planes and keys for them, kept by name');
  command
    .command('list')
    .description('all of them; the current one is marked')
    .option(...JSON_OPTION)
    .action(list);
  command
    .command('add')
    .description('keep one; the key is asked for, or read from stdin')
    .argument('<name>')
    .requiredOption('--url <url>', 'of the control plane')
    .option(...JSON_OPTION)
    .action(add);
  command
    .command('use')
    .description('make one the current: it is used where no other is asked for')
    .argument('<name>')
    .option(...JSON_OPTION)
    .action(use);
  command
    .command('remove')
    .description('forget one, and its key')
    .argument('<name>')
    .option(...JSON_OPTION)
    .action(remove);
  return command;
}

async function list(options: JsonOption): Promise<void> {
  const { current, profiles } = await readProfiles(readConfig().configDir);
  const listed = Object.entries(profiles).map(([name, { url }]) => ({
    name,
    url,
    current: name === current,
  }));
  outputOf(options).result({ profiles: listed }, () =>
    tableOr(
      COLUMNS,
      listed.map((each) => [each.current ? '*' : '', each.name, each.url]),
      'No profiles.',
    ),
  );
}

async function add(name: string, options: JsonOption & { readonly url: string }): Promise<void> {
  const { configDir } = readConfig();
  const { current = name, profiles } = await readProfiles(configDir);
  const apiKey = await askSecret(`API key for ${options.url}: `);
  await writeProfiles(configDir, {
    current,
    profiles: { ...profiles, [name]: { url: options.url, apiKey } },
  });
  outputOf(options).result({ name, url: options.url, current: current === name }, () => `Kept ${name}.`);
}

async function use(name: string, options: JsonOption): Promise<void> {
  const { configDir } = readConfig();
  const { profiles } = await readProfiles(configDir);
  mustHave(profiles, name);
  await writeProfiles(configDir, { current: name, profiles });
  outputOf(options).result({ name, current: true }, () => `${name} is current.`);
}

async function remove(name: string, options: JsonOption): Promise<void> {
  const { configDir } = readConfig();
  const { current, profiles } = await readProfiles(configDir);
  mustHave(profiles, name);
  const others = Object.fromEntries(Object.entries(profiles).filter(([each]) => each !== name));
  await writeProfiles(configDir, { profiles: others, ...(current !== name && { current }) });
  outputOf(options).result({ name, removed: true }, () => `Forgot ${name}.`);
}

function mustHave(profiles: object, name: string): void {
  if (Object.hasOwn(profiles, name)) return;
  const known = Object.keys(profiles).join(', ') || 'none';
  throw new CliError(`There is no profile ${name}. Known: ${known}.`, { exitCode: EXIT.usage });
}

function outputOf({ json }: JsonOption): Output {
  return new Output({ isJson: json === true });
}
