import { expect, it } from 'vitest';
import { SingleFlight } from './single-flight.js';

/** A run that ends when it is told to, and how many there are. */
function controlled() {
  const runs: PromiseWithResolvers<void>[] = [];
  let underWay = 0;
  let most = 0;
  const flight = new SingleFlight(async () => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    underWay += 1;
    most = Math.max(most, underWay);
    await run.promise.finally(() => (underWay -= 1));
  });
  return { flight, runs, most: () => most };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('runs once more for all who ask while it runs, and never twice at a time', async () => {
  const { flight, runs, most } = controlled();
  const first = flight.request();
  await turn();
  const asked = [flight.request(), flight.request(), flight.request()];
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]!.resolve();
  await first;
  await turn();
  expect(runs).toHaveLength(2);
  runs[1]!.resolve();
  await Promise.all(asked);
  await flight.settled();
  expect(runs).toHaveLength(2);
  expect(most()).toBe(1);
});

it('goes on after a run that failed, and tells only those who asked for that one', async () => {
  const { flight, runs } = controlled();
  const first = flight.request();
  await turn();
  const second = flight.request();
  runs[0]!.reject(new Error('it failed'));
  await expect(first).rejects.toThrow('it failed');
  await turn();
  runs[1]!.resolve();
  await expect(second).resolves.toBeUndefined();
});

it('can be asked again after a run that threw at once', async () => {
  let calls = 0;
  const flight = new SingleFlight(() => {
    calls += 1;
    throw new Error('at once');
  });
  await expect(flight.request()).rejects.toThrow('at once');
  await expect(flight.request()).rejects.toThrow('at once');
  expect(calls).toBe(2);
});

it('is settled only when what was asked for has run, too', async () => {
  const { flight, runs } = controlled();
  void flight.request();
  await turn();
  void flight.request();
  let isSettled = false;
  const settled = flight.settled().then(() => (isSettled = true));
  runs[0]!.resolve();
  await turn();
  expect(isSettled).toBe(false);
  runs[1]!.resolve();
  await settled;
});
