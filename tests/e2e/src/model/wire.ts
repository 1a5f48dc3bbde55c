import { OutpostError } from '@outpost/contracts';

/** What can become of a call between two processes. `twice` and `late again` are carried out a second time. */
export const FATES = ['lost', 'answer lost', 'twice', 'late', 'late again'] as const;
export type Fate = (typeof FATES)[number];

/** Who calls. The dead hear no answer, and say nothing any more. */
export interface Caller {
  readonly isAlive: boolean;
}

export interface Fault {
  readonly fate: Fate;
  /** The method that it befalls; undefined: any. */
  readonly method: string | undefined;
  /** Calls of it that go well before. */
  readonly callsBefore: number;
}

/** What all calls between processes and their stores go through, so that they can be lost, doubled and delayed. */
export class Wire {
  readonly #late: (() => Promise<unknown>)[] = [];
  #armed: readonly Fault[] = [];
  #astray = 0;

  /** How many calls went another way than usual. */
  get astray(): number {
    return this.#astray;
  }

  arm(fault: Fault): void {
    this.#armed = [...this.#armed, fault];
  }

  /** From now on every call arrives at once. */
  calm(): void {
    this.#armed = [];
  }

  /** Delivers one of the calls that are late, counted round. False: there is none. */
  deliver(which: number): boolean {
    const [call] = this.#late.splice(which % Math.max(1, this.#late.length), 1);
    void call?.().catch(() => undefined);
    return call !== undefined;
  }

  /** The port as one caller has it. Every method of it but `on…` answers with a promise. */
  connect<Port extends object>(caller: Caller, port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function' || String(name).startsWith('on')) return member;
        return (...args: unknown[]) =>
          this.#call(caller, String(name), async () => Reflect.apply(member, target, args) as unknown);
      },
    });
  }

  #call(caller: Caller, method: string, call: () => Promise<unknown>): Promise<unknown> {
    if (!caller.isAlive) return never();
    return heardBy(caller, this.#carryOut(call, this.#nextFate(method)));
  }

  async #carryOut(call: () => Promise<unknown>, fate: Fate | undefined): Promise<unknown> {
    switch (fate) {
      case undefined:
        return call();
      case 'lost':
        throw unanswered();
      case 'answer lost':
        await call();
        throw unanswered();
      case 'twice': {
        const answer = call();
        await answer.catch(() => undefined);
        await call().catch(() => undefined);
        return answer;
      }
      case 'late': {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        this.#late.push(() => call().then(resolve, reject));
        return promise;
      }
      case 'late again':
        this.#late.push(call);
        return call();
    }
  }

  #nextFate(method: string): Fate | undefined {
    const isOfThis = (fault: Fault): boolean => fault.method === undefined || fault.method === method;
    const due = this.#armed.find((fault) => isOfThis(fault) && fault.callsBefore === 0);
    if (due !== undefined) this.#astray += 1;
    this.#armed = this.#armed
      .filter((fault) => fault !== due)
      .map((fault) => (isOfThis(fault) ? nearer(fault) : fault));
    return due?.fate;
  }
}

function nearer({ callsBefore, ...fault }: Fault): Fault {
  return { ...fault, callsBefore: Math.max(0, callsBefore - 1) };
}

function unanswered(): OutpostError {
  return new OutpostError('SERVICE_UNAVAILABLE', 'There was no answer.');
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function heardBy<T>(caller: Caller, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } finally {
    if (!caller.isAlive) await never();
  }
}
