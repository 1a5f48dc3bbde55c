import type { Clock } from '@outpost/platform';

/** The clock of one process: that of the world, and off by so much. */
export class SkewedClock implements Clock {
  readonly #world: Clock;
  skewMs: number;

  constructor(world: Clock, skewMs = 0) {
    this.#world = world;
    this.skewMs = skewMs;
  }

  now(): number {
    return this.#world.now() + this.skewMs;
  }
}
