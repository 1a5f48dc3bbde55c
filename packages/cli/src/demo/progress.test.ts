import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemoryStream } from '../testing/memory-stream.js';
import { renderRow, startProgress } from './progress.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const ROW = {
  agent: 'claude',
  status: 'RUNNING',
  stage: 'run',
  elapsedMs: 12_345,
  line: 'Writing src/a.js',
} as const;

test('a row shows agent, status, stage, elapsed and the last line', () => {
  expect(renderRow(ROW, 80)).toBe('claude  RUNNING   run         12.3 s  Writing src/a.js');
  expect(renderRow({ ...ROW, status: '', stage: undefined, line: '' }, 80)).toBe(
    'claude                        12.3 s',
  );
});

test('a row fits its width, and nothing in it steers the terminal', () => {
  expect(renderRow({ ...ROW, line: 'x'.repeat(100) }, 50)).toHaveLength(50);
  const hostile = '\u001B[2J\u001B]0;title\u0007one\r\ntwo\u009B31m\u2028three\u0000';
  // oxlint-disable-next-line no-control-regex -- this is what has to be gone
  expect(renderRow({ ...ROW, line: hostile }, 80)).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028]/);
  expect(renderRow({ ...ROW, line: hostile }, 80)).toMatch(/one two.*three$/);
});

test('without a terminal every change is one line, once', () => {
  const stream = new MemoryStream();
  const progress = startProgress(stream, ['claude', 'grok']);
  progress.state('claude', { status: 'PENDING' });
  progress.state('claude', { status: 'PENDING' });
  vi.advanceTimersByTime(1_500);
  progress.state('claude', { status: 'RUNNING', stage: 'clone' });
  progress.line('claude', 'not shown');
  progress.stop();
  expect(stream.text).toBe('claude  PENDING                0.0 s\nclaude  RUNNING   clone        1.5 s\n');
});

test('on a terminal the rows are redrawn in place', () => {
  const stream = new MemoryStream({ isTTY: true });
  const progress = startProgress(stream, ['claude', 'grok']);
  expect(stream.text).toBe(
    '\u001B[2Kclaude                         0.0 s\n\u001B[2Kgrok                           0.0 s\n',
  );
  stream.text = '';
  progress.state('grok', { status: 'COMPLETED' });
  vi.advanceTimersByTime(100);
  expect(stream.text.startsWith('\u001B[2A')).toBe(true);
  expect(stripVTControlCharacters(stream.text)).toBe(
    'claude                         0.1 s\ngrok    COMPLETED              0.0 s\n',
  );
  progress.stop();
  stream.text = '';
  vi.advanceTimersByTime(1_000);
  expect(stream.text).toBe('');
});
