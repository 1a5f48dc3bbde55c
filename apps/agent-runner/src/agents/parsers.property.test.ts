import { AGENT_NAMES, TokenUsageSchema, type AgentName } from '@outpost/contracts';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentLogLine } from './adapter.js';
import { adapterFor } from './index.js';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const AIDER = [
  'Tokens: 12k sent, 1.2k cache write, 3k cache hit, 133 received. Cost: $0.04 message, $0.10 session.',
  'litellm.AuthenticationError: AuthenticationError: DeepseekException',
  'The API provider is not able to authenticate you. Check your API key.',
  'Model x has hit a token limit!',
  'Applied edit to a.py',
];

/** What the CLIs printed once: success and every failure. */
function recordedBy(agent: AgentName): readonly string[] {
  const files = readdirSync(FIXTURES).filter((name) => name.startsWith(`${agent}.`));
  const lines = files.flatMap((name) => readFileSync(join(FIXTURES, name), 'utf8').trimEnd().split('\n'));
  return agent === 'aider' ? AIDER : lines;
}

/** Values that a JSON event may have where something else is expected. */
const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(null, -1, 0.5, 1e300, 1e308, -1e308, 2 ** 53, '', 'a\nb\r\nc', '\ud800', [], {}),
  fc.integer(),
  fc.double(),
);

/** Puts an odd value in one place of a JSON text, or an odd number in place of one of a plain text. */
function withOdd(line: string, which: number, value: unknown): string {
  if (!line.startsWith('{')) return line.replace(/[\d.,]+/, String(value).replaceAll('e', '.'));
  let place = -1;
  const places = line.split(/"[^"]+":/).length - 1;
  return JSON.stringify(JSON.parse(line), (key, each: unknown) => {
    if (key === '') return each;
    place += 1;
    return place === which % Math.max(1, places) ? value : each;
  });
}

const linesOf = (agent: AgentName): fc.Arbitrary<string> => {
  const recorded = fc.constantFrom(...recordedBy(agent));
  return fc.oneof(
    { weight: 3, arbitrary: recorded },
    { weight: 5, arbitrary: fc.tuple(recorded, fc.nat(60), odd).map((args) => withOdd(...args)) },
    {
      weight: 2,
      arbitrary: fc.tuple(recorded, fc.nat()).map(([line, at]) => line.slice(0, at % line.length)),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.json() },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
    },
  );
};

function read(agent: AgentName, lines: readonly (readonly ['stdout' | 'stderr', string])[]) {
  const parser = adapterFor(agent).createParser();
  const log: readonly AgentLogLine[] = [
    ...lines.flatMap(([stream, line]) => parser.line(stream, line)),
    ...parser.flush(),
  ];
  return { log, verdictOf: parser.verdict.bind(parser) };
}

/** What the interface of a parser says of its results, whatever the CLI printed. */
function expectDocumented({ log, verdictOf }: ReturnType<typeof read>, exitCode: number): void {
  for (const { kind, text } of log) {
    expect(['text', 'tool', 'result', 'error', 'raw']).toContain(kind);
    expect(text).not.toContain('\n');
    expect(text.length).toBeLessThan(5_000);
  }
  const { succeeded, error, usage, reportedCostUsd = 0 } = verdictOf({ exitCode, signal: undefined });
  expect(succeeded).toBe(error === undefined);
  expect(error?.message.length ?? 0).toBeLessThan(1_000);
  if (usage !== undefined) expect(() => TokenUsageSchema.parse(usage)).not.toThrow();
  expect(reportedCostUsd).toBeGreaterThanOrEqual(0);
  expect(reportedCostUsd).toBeLessThanOrEqual(1_000_000);
}

/** So long that a program which looks at each character again for each one does not end in a test's time. */
const LONG = 200_000;
const DEEP = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

/** Lines over which a careless program takes hours, or all memory. */
const HEAVY: Readonly<Record<string, string>> = {
  blanks: `${' '.repeat(LONG)}x`,
  'a stack frame of digits': ` at ${'1'.repeat(LONG)}x`,
  'words of errors': 'model no api status error code '.repeat(LONG / 30),
  'litellm.': 'litellm.'.repeat(LONG / 8),
  tokens: `Tokens: ${'1,'.repeat(LONG / 2)} sent, 1 received.`,
  brackets: '['.repeat(LONG),
};

/** The same where each CLI has a tool's input or its text. */
function heavyEvents(text: string): string[] {
  const input = { command: text };
  return [
    { type: 'assistant', message: { content: [{ type: 'tool_use', name: 'x', input }] } },
    { type: 'result', is_error: true, result: text },
    { type: 'item.started', item: { type: 'command_execution', command: text } },
    { type: 'turn.failed', error: { message: text } },
    { type: 'tool_use', tool_name: 'x', parameters: input },
    { type: 'message', role: 'assistant', delta: true, content: text },
    { type: 'tool_call', toolName: 'x', rawInput: input },
    { type: 'text', data: text },
    { type: 'error', message: text },
  ].map((event) => JSON.stringify(event));
}

/** A tool's input that can be read and not be written again. */
const DEEP_EVENTS = [
  `{"type":"assistant","message":{"content":[{"type":"tool_use","name":"x","input":${DEEP}}]}}`,
  `{"type":"item.started","item":{"type":"mcp_tool_call","arguments":${DEEP}}}`,
  `{"type":"tool_use","tool_name":"x","parameters":${DEEP}}`,
  `{"type":"tool_call","toolName":"x","rawInput":${DEEP}}`,
];

describe.each(AGENT_NAMES)('the parser of %s', (agent) => {
  it('gives what it says, whatever the CLI prints', () => {
    const stream = fc.constantFrom('stdout' as const, 'stdout' as const, 'stderr' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(stream, linesOf(agent))), fc.nat(255), (lines, exitCode) => {
        expectDocumented(read(agent, lines), exitCode);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(Object.keys(HEAVY))('reads a long line of %s', (name) => {
    const text = HEAVY[name]!;
    for (const line of [text, ...heavyEvents(text)])
      for (const stream of ['stdout', 'stderr'] as const) expectDocumented(read(agent, [[stream, line]]), 1);
  });

  it('reads what is nested too deep to be written', () => {
    for (const line of DEEP_EVENTS) expectDocumented(read(agent, [['stdout', line]]), 0);
  });

  it('shows a part of a fragment that is all line breaks', () => {
    const breaks = '\n'.repeat(LONG);
    for (const line of heavyEvents(breaks))
      expect(read(agent, [['stdout', line]]).log.length).toBeLessThan(20_000);
  });
});
