/** One thing that was looked at. */
export interface Check {
  readonly area: 'machine' | 'sandbox' | 'agents' | 'control plane';
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** What is needed for agents to run here, and whether it is there. */
export interface Diagnosis {
  readonly checks: readonly Check[];
  /** Whether at least one agent can run on this machine. */
  readonly ready: boolean;
}

export function passed(area: Check['area'], name: string, detail: string): Check {
  return { area, name, ok: true, detail };
}

export function failed(area: Check['area'], name: string, detail: string, fix?: string): Check {
  return { area, name, ok: false, detail, ...(fix !== undefined && { fix }) };
}
