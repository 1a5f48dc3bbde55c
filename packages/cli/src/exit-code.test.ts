import { ERROR_STATUS, type ErrorCode } from '@outpost/contracts';
import { expect, test } from 'vitest';
import { exitCodeOfError, exitCodeOfStatus } from './exit-code.js';

test('how a dispatch ended', () => {
  expect(exitCodeOfStatus('COMPLETED')).toBe(0);
  expect(exitCodeOfStatus('FAILED')).toBe(10);
  expect(exitCodeOfStatus('TIMEOUT')).toBe(11);
  expect(exitCodeOfStatus('CANCELLED')).toBe(12);
});

test('every error of the API has a code that is not success and not that of a dispatch', () => {
  const codes = [...(Object.keys(ERROR_STATUS) as ErrorCode[]), 'UNEXPECTED_ANSWER' as const];
  for (const code of codes) {
    expect(exitCodeOfError(code)).toBeGreaterThan(1);
    expect(exitCodeOfError(code)).toBeLessThan(10);
  }
  expect(exitCodeOfError('OF_A_NEWER_SERVER')).toBe(1);
});
