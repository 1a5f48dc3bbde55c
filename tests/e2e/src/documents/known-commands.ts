import { createProgram } from '@outpost/cli/program';
import { REPOSITORY_ROOT } from '@outpost/test-support';
import type { Command, Option } from 'commander';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What does not exist of a command that a document names; nothing when all of it does. */
export function unknownIn([program, ...words]: readonly string[]): readonly string[] {
  if (program === 'outpost') return unknownToOutpost(words);
  if (program === 'npm') return unknownToNpm(words);
  return [];
}

/** The words of a command in the middle of a sentence, up to a pipe; variables before it are left out. */
export function wordsOf(code: string): readonly string[] {
  const words = [...code.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const rest = words.slice(first);
  const end = rest.findIndex((word) => /^([|;>&]|&&)$/.test(word));
  return end === -1 ? rest : rest.slice(0, end);
}

/** \`…\` and \`<name>\` stand for something else. */
const isPlaceholder = (word: string): boolean => /^[<[…]/.test(word);

function unknownToOutpost(words: readonly string[]): readonly string[] {
  let command: Command = createProgram();
  let operands = 0;
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    if (word === '--') break;
    if (word.startsWith('-')) {
      const option = optionOf(command, word);
      if (option === undefined) return [`${command.name()} has no option ${word}`];
      if (option !== 'help' && (option.required || option.optional)) index += 1;
      continue;
    }
    if (isPlaceholder(word)) {
      if (command.commands.length > 0) break;
      operands += 1;
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) {
      command = next;
      continue;
    }
    const argument = command.registeredArguments[operands];
    if (argument === undefined) return [`${command.name()} knows no ${word}`];
    if (argument.argChoices !== undefined && !argument.argChoices.includes(word))
      return [`${command.name()} takes ${argument.argChoices.join(', ')}, not ${word}`];
    if (!argument.variadic) operands += 1;
  }
  return [];
}

function optionOf(command: Command, word: string): Option | 'help' | undefined {
  const name = word.split('=')[0];
  if (name === '--help' || name === '-h') return 'help';
  return command.options.find(({ short, long }) => name === short || name === long);
}

const read = (
  path: string,
): { readonly name?: string; readonly private?: boolean; readonly scripts?: object } =>
  JSON.parse(readFileSync(join(REPOSITORY_ROOT, path), 'utf8')) as object;

const inRepository = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: REPOSITORY_ROOT, exclude: ['**/node_modules'] });

function unknownToNpm(words: readonly string[]): readonly string[] {
  const at = words.indexOf('--');
  const own = at === -1 ? words : words.slice(0, at);
  const rest = at === -1 ? [] : words.slice(at + 1);
  const [verb = '', name = ''] = own.filter((word) => !word.startsWith('-'));
  if (verb === 'install')
    return name === '' || isPlaceholder(name) || isPublished(name)
      ? []
      : [`${name} is not a package of here`];
  const script = verb === 'run' ? name : verb;
  if (verb === 'ci' || isPlaceholder(script)) return [];
  return isScript(script) ? unknownToScript(script, rest) : [`there is no npm script ${script}`];
}

function isPublished(name: string): boolean {
  const manifests = inRepository('packages/*/package.json').map(read);
  return manifests.some((manifest) => manifest.name === name && manifest.private !== true);
}

function isScript(script: string): boolean {
  const manifests = ['package.json', ...inRepository('infra/images/*/cli/package.json')].map(read);
  return manifests.some(({ scripts = {} }) => script in scripts);
}

/** What follows the \`--\` of an npm script. */
function unknownToScript(script: string, words: readonly string[]): readonly string[] {
  switch (script) {
    case 'outpost':
      return unknownToOutpost(words);
    case 'start':
      return unknownToOutpost(['up', ...words]);
    case 'demo':
      return unknownToOutpost(['demo', ...words]);
    case 'image': {
      const images = inRepository('infra/images/*/Dockerfile').map((path) => path.split('/').at(-2)!);
      return words
        .filter((word) => !word.startsWith('-') && !images.includes(word))
        .map((word) => `there is no image ${word}`);
    }
    case 'test':
    case 'soak': {
      const tests = inRepository('**/*.{test,soak}.{ts,mjs}');
      return words
        .filter((word) => !word.startsWith('-') && !tests.some((path) => path.includes(word)))
        .map((word) => `no test is in ${word}`);
    }
    default:
      return [];
  }
}
