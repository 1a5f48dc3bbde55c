import { onTestFinished } from 'vitest';

/** Makes what a conformance suite examines: a fresh one, without data, for each test. */
export interface Harness<Subject> {
  create(): Promise<Subject & { cleanup(): Promise<void> }>;
}

/** A subject for the current test, cleaned up when the test is over. */
export async function subjectOf<Subject>(harness: Harness<Subject>): Promise<Subject> {
  const subject = await harness.create();
  onTestFinished(() => subject.cleanup());
  return subject;
}

/** `count` calls at once. */
export function atOnce<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}
