/** The npm that came with the user's Node: used once, to fetch the pinned toolchain. */
import path from 'node:path';
import process from 'node:process';
import { downloadAdvice } from './advice.mjs';
import { runStep } from './run.mjs';

/** No install scripts run, so machines that forbid them are fine. */
const OPTIONS = ['--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--no-update-notifier'];
/** Without a network, fail within seconds and not minutes. */
const NETWORK = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000', '--loglevel=error'];

export async function npmCi(directory) {
  const { command, args } = npmCommand(process.env);
  await runStep(command, [...args, 'ci', '--prefix', directory, ...OPTIONS, ...NETWORK], {
    cwd: directory,
    env: outsideOfNpmRun(process.env),
    advice: (output) => downloadAdvice('Getting Node and pnpm from npm', output),
  });
}

/** npm through the script that is running us where possible: on Windows `npm` itself is a shell script. */
export function npmCommand({ npm_execpath: script }) {
  return script && path.basename(script) === 'npm-cli.js'
    ? { command: process.execPath, args: [script] }
    : { command: 'npm', args: [] };
}

/** `npm start` tells its children which project it runs in; an npm for another directory must not hear that. */
export function outsideOfNpmRun(env) {
  const isOfTheRun = (name) =>
    /^npm_(lifecycle|package|command|config_local_prefix|config_prefix)/i.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOfTheRun(name)));
}
