/**
 * `npm start`, `npm run demo`, `npm run outpost`, `npm run image`, `npm test`, `npm run soak` and `npm run check` on a
 * machine that has only Node 18 and npm: bring the toolchain, the dependencies and the build up to date, then hand over
 * to the real command.
 * Plain JavaScript without dependencies, because nothing is installed yet when it runs.
 */
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { check } from './check.mjs';
import { buildImages } from './image.mjs';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { SetupError, say, step } from './say.mjs';
import { prepareToolchain } from './toolchain.mjs';
import { TOOLS, build, installDependencies } from './workspace.mjs';

const BOOTSTRAP = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(BOOTSTRAP);
const CLI = 'packages/cli/bin/outpost.js';

/** What is not run by every \`npm test\`. */
const LONG = ['soak', 'e2e-longer'];

const COMMANDS = {
  setup: async () => 0,
  start: ({ script }, args) => script(CLI, ['up', ...args]),
  demo: ({ script }, args) => script(CLI, ['demo', ...args]),
  outpost: ({ script }, args) => script(CLI, args),
  bench: ({ script }) => script('bench/dist/dispatch-latency.js', []),
  test: async ({ script }, args) => {
    // The tests drive the real agent CLIs; these are fetched once and kept.
    const exitCode = await script(CLI, ['agents', 'install'], 'stderr');
    return exitCode === 0
      ? script(TOOLS.vitest, ['run', ...LONG.map((project) => `--project=!${project}`), ...args])
      : exitCode;
  },
  soak: ({ script }, args) =>
    script(TOOLS.vitest, ['run', ...LONG.map((project) => `--project=${project}`), ...args]),
  image: ({ toolchain }, args) => buildImages(ROOT, toolchain, args),
  check: (context) => check(ROOT, context),
};

async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (!command) throw new SetupError(`Say what to do: ${Object.keys(COMMANDS).join(', ')}.`, { exitCode: 2 });

  const onWait = (pid) => say(`another set-up is at work in this directory (process ${pid}); waiting for it`);
  const toolchain = await withLock(path.join(BOOTSTRAP, '.lock'), () => setUp(), { onWait });
  return command({ toolchain, script: scriptRunner(toolchain) }, args);
}

async function setUp() {
  const toolchain = await step('Node and pnpm', () => prepareToolchain(BOOTSTRAP));
  await step('dependencies', () => installDependencies(ROOT, toolchain));
  await step('build', () => build(ROOT, toolchain));
  return toolchain;
}

/** Runs a JavaScript file of this repository with the pinned Node, in the foreground. */
function scriptRunner({ node, env }) {
  return async (file, args, output = 'inherit') => {
    const { exitCode } = await run(node, [path.join(ROOT, file), ...args], { cwd: ROOT, env, output });
    return exitCode;
  };
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  if (error.output) process.stderr.write(`${error.output.trimEnd()}\n\n`);
  say(error.message);
  process.exitCode = error.exitCode;
}
