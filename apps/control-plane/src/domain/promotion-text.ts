import { AGENTS, LIMITS, type DispatchRecord, type RecordIn } from '@outpost/contracts';

const TITLE_CHARACTERS = 72;
const TASK_CHARACTERS = 4_000;

export type EndedRecord = RecordIn<'COMPLETED' | 'FAILED' | 'TIMEOUT' | 'CANCELLED'>;

/** The first line of a task that says something, cut at a word. */
export function titleOf(task: string): string {
  // oxlint-disable-next-line no-control-regex -- a title is one line of text
  const lines = task.split('\n').map((line) => line.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim());
  const line = lines.find((each) => each.replaceAll(/[#*=_`-]/g, '') !== '')!.replace(/^#+\s+/, '');
  if (line.length <= TITLE_CHARACTERS) return line;
  const beginning = line.slice(0, TITLE_CHARACTERS - 1).toWellFormed();
  return `${beginning.replace(/\s+\S*$/, '')}…`.slice(0, LIMITS.promotionTitleMaxCharacters);
}

/** Of the commit: with who did it, and which dispatch it was. */
export function commitMessage({ agent, dispatchId }: DispatchRecord, title: string): string {
  const coAuthor = `${AGENTS[agent].displayName} <${agent}@agents.outpost.invalid>`;
  return `${title}\n\nOutpost-Dispatch: ${dispatchId}\nCo-authored-by: ${coAuthor}\n`;
}

export interface PullRequestFacts {
  readonly record: EndedRecord;
  /** Put first, as it is. */
  readonly body: string | undefined;
  readonly filesChanged: number;
  readonly paths: readonly string[] | undefined;
  readonly base: string;
  readonly isRebased: boolean;
  /** `path:line (rule)` of what looks like a secret and was let through. */
  readonly letThrough: readonly string[];
}

/** What a reviewer wants to know, in Markdown. */
export function pullRequestBody(facts: PullRequestFacts): string {
  const { record, body, letThrough } = facts;
  const { agent, modelId, dispatchId, task } = record;
  const rows = [
    ['Agent', `${AGENTS[agent].displayName}, model \`${inCode(modelId)}\``],
    ['Dispatch', `\`${dispatchId}\`, ${endOf(record)}`],
    ['Change', changeOf(facts)],
    ['Tests', testsOf(record) ?? 'not run by Outpost'],
    ['Cost', costOf(record)],
  ];
  const table = ['| | |', '| --- | --- |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join(
    '\n',
  );
  const warning = [
    '> [!WARNING]',
    '> These look like secrets, and were let through by whoever promoted this:',
    ...letThrough.map((finding) => `> - \`${inCode(finding)}\``),
  ].join('\n');
  return [
    ...(body === undefined ? [] : [body]),
    `**Task**\n\n${fenced(cut(task, TASK_CHARACTERS))}`,
    table,
    ...(letThrough.length === 0 ? [] : [warning]),
  ].join('\n\n');
}

/** What the repository's own tests said of the change; undefined where a dispatch has none: the record does not hold it yet. */
export function testsOf(record: DispatchRecord): string | undefined {
  const { verification } = record as { readonly verification?: unknown };
  if (typeof verification !== 'object' || verification === null) return undefined;
  const { passed, command } = verification as { readonly passed?: unknown; readonly command?: unknown };
  if (typeof passed !== 'boolean') return undefined;
  const name = typeof command === 'string' ? ` (\`${inCode(cut(command, 200))}\`)` : '';
  return `${passed ? 'passed' : '**failed**'}${name}`;
}

function endOf({ status, failure }: EndedRecord): string {
  if (status === 'COMPLETED') return 'completed';
  return `**${status}**${failure === undefined ? '' : ` (${failure.class})`}: the work may not be finished`;
}

function changeOf({ filesChanged, paths, base, isRebased }: PullRequestFacts): string {
  const files = `${filesChanged} ${filesChanged === 1 ? 'file' : 'files'}`;
  const selected = paths === undefined ? '' : ', only those that were asked for';
  const rebased = isRebased ? ', taken over to newer commits than the agent worked on' : '';
  return `${files} against \`${inCode(base)}\`${selected}${rebased}`;
}

function costOf({ cost, usage }: EndedRecord): string {
  if (cost === undefined) return 'not known';
  const total = `$${cost.total.toFixed(4)}`;
  if (usage === undefined) return total;
  return `${total}, ${usage.inputTokens} tokens in and ${usage.outputTokens} out`;
}

/** In a block of code nobody is mentioned, and no issue is closed, by what a task says. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function inCode(text: string): string {
  return text.replaceAll(/[`|\r\n]/g, ' ');
}

function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters).toWellFormed()}…`;
}
