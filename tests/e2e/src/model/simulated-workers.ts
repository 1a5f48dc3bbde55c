import type { Clock, EventBus } from '@outpost/platform';
import type { SimulatedMachine, SimulatedTask } from '@outpost/platform/testing';
import type { RunEnd } from './actions.js';
import { pick } from './pick.js';
import { SimulatedWorker } from './simulated-worker.js';
import { SkewedClock } from './skewed-clock.js';
import type { Wire } from './wire.js';

/** From SIGTERM to SIGKILL. */
const STOP_GRACE_MS = 30_000;
const SIGTERMED = 143;
const SIGKILLED = 137;

/** An agent that runs: in which task, for which dispatch. */
type AtWork = Pick<SimulatedTask, 'taskArn' | 'dispatchId' | 'isAskedToEnd'>;

export interface SimulatedWorkersOptions {
  readonly machine: SimulatedMachine;
  readonly wire: Wire;
  readonly events: EventBus;
  /** Of the world. */
  readonly clock: Clock;
}

/** The processes of the tasks that control planes have started. `which` picks one, counted round. */
export class SimulatedWorkers {
  /** By the id of its dispatch, how often an agent was started. */
  readonly agentStarts = new Map<string, number>();
  readonly #options: SimulatedWorkersOptions;
  readonly #running = new Map<string, SimulatedWorker>();
  /** Since when a task has been asked to end, by its ARN. */
  readonly #askedAt = new Map<string, number>();

  constructor(options: SimulatedWorkersOptions) {
    this.#options = options;
  }

  /** Agents that run. */
  get atWork(): readonly AtWork[] {
    return this.#atWork().map(({ atWorkFor, task }) => ({ ...task, dispatchId: atWorkFor ?? '' }));
  }

  /** Tasks that have not ended. */
  get tasks(): readonly SimulatedTask[] {
    return this.#options.machine.tasks.filter(({ isAlive }) => isAlive);
  }

  /** The process of a task comes up. */
  begin(which: number, skewMs: number): void {
    const task = pick(this.#notBegun(), which);
    if (task !== undefined) this.#begin(task, skewMs);
  }

  beginAll(): void {
    for (const task of this.#notBegun()) this.#begin(task, 0);
  }

  finish(which: number, end: RunEnd): void {
    pick(this.#atWork(), which)?.finish(end);
  }

  finishAll(): void {
    for (const worker of this.#atWork()) worker.finish('completed');
  }

  async beat(which: number): Promise<void> {
    await pick(this.#atWork(), which)?.beat();
  }

  async beatAll(): Promise<void> {
    await Promise.all(this.#atWork().map((worker) => worker.beat()));
  }

  hang(which: number): void {
    const worker = pick(this.#atWork(), which);
    if (worker !== undefined) worker.isHanging = true;
  }

  kill(which: number): void {
    const task = pick(this.tasks, which);
    if (task !== undefined) this.#end(task, SIGKILLED);
  }

  /** Passes on that a task was asked to end. Whether there was any to tell. */
  tellThoseToEnd(): boolean {
    const due = this.tasks.filter((task) => task.isAskedToEnd && !this.#askedAt.has(task.taskArn));
    for (const task of due) {
      this.#askedAt.set(task.taskArn, this.#options.clock.now());
      const worker = this.#running.get(task.taskArn);
      if (worker === undefined) this.#end(task, SIGTERMED);
      else void worker.askToEnd();
    }
    return due.length > 0;
  }

  /** Ends those that were asked to and have not. */
  killOverdue(): void {
    const before = this.#options.clock.now() - STOP_GRACE_MS;
    for (const task of this.tasks)
      if ((this.#askedAt.get(task.taskArn) ?? Infinity) <= before) this.#end(task, SIGKILLED);
  }

  setClocksRight(): void {
    for (const { clock } of this.#running.values()) clock.skewMs = 0;
  }

  close(): void {
    for (const worker of this.#running.values()) worker.kill();
  }

  #begin(task: SimulatedTask, skewMs: number): void {
    const { machine, events, wire } = this.#options;
    const clock = new SkewedClock(this.#options.clock, skewMs);
    const worker = new SimulatedWorker({
      task,
      platform: { ...machine.openWorker(task, { clock }), events },
      wire,
      clock,
      onAgentStart: (dispatchId) => {
        this.agentStarts.set(dispatchId, (this.agentStarts.get(dispatchId) ?? 0) + 1);
      },
    });
    this.#running.set(task.taskArn, worker);
    void this.#live(worker);
  }

  async #live(worker: SimulatedWorker): Promise<void> {
    const exitCode = await worker.begin();
    if (worker.isAlive) this.#end(worker.task, exitCode);
  }

  #end(task: SimulatedTask, exitCode: number): void {
    this.#running.get(task.taskArn)?.kill();
    this.#running.delete(task.taskArn);
    this.#options.machine.end(task, exitCode);
  }

  #notBegun(): readonly SimulatedTask[] {
    return this.tasks.filter(({ taskArn }) => !this.#running.has(taskArn));
  }

  #atWork(): readonly SimulatedWorker[] {
    return [...this.#running.values()].filter(({ atWorkFor }) => atWorkFor !== undefined);
  }
}
