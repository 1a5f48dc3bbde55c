import type { RouteDefinition } from './route-definition.js';

/** Of everything that Outpost measures in CloudWatch. */
export const METRIC_NAMESPACE = 'Outpost';

export interface MetricDefinition {
  /** In CloudWatch, where each is there for the fleet as a whole, and once more for every value of its label. */
  readonly name: string;
  /** On `GET /metrics`. */
  readonly prometheusName: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** As CloudWatch names it. */
  readonly unit: 'Count' | 'Seconds';
  /** Each has few values, none of which a caller chooses. */
  readonly label?: 'agent' | 'status' | 'class';
  readonly help: string;
}

/** All that is measured, by what the code, the alarms and the dashboard call it. */
export const METRICS = {
  dispatches: {
    name: 'DispatchesEnded',
    prometheusName: 'outpost_dispatches_ended_total',
    kind: 'counter',
    unit: 'Count',
    label: 'status',
    help: 'Dispatches that have ended, by how.',
  },
  agentDispatches: {
    name: 'AgentDispatchesEnded',
    prometheusName: 'outpost_agent_dispatches_ended_total',
    kind: 'counter',
    unit: 'Count',
    label: 'agent',
    help: 'Dispatches that have ended, by agent.',
  },
  failures: {
    name: 'DispatchFailures',
    prometheusName: 'outpost_dispatch_failures_total',
    kind: 'counter',
    unit: 'Count',
    label: 'class',
    help: 'Dispatches that ended with a failure, by its class; those that were cancelled are not failures.',
  },
  warmStarts: {
    name: 'WarmStarts',
    prometheusName: 'outpost_warm_starts_total',
    kind: 'counter',
    unit: 'Count',
    label: 'agent',
    help: 'Dispatches that have ended and were run by a warm worker, by agent.',
  },
  duration: {
    name: 'DispatchDuration',
    prometheusName: 'outpost_dispatch_duration_seconds',
    kind: 'histogram',
    unit: 'Seconds',
    label: 'agent',
    help: 'From the start of the worker to the end of the dispatch, by agent.',
  },
  queueDepth: {
    name: 'QueuedDispatches',
    prometheusName: 'outpost_queued_dispatches',
    kind: 'gauge',
    unit: 'Count',
    label: 'agent',
    help: 'Dispatches that wait for a slot, by agent.',
  },
  active: {
    name: 'ActiveDispatches',
    prometheusName: 'outpost_active_dispatches',
    kind: 'gauge',
    unit: 'Count',
    label: 'agent',
    help: 'Dispatches that hold a slot, by agent.',
  },
  queueAge: {
    name: 'QueueAge',
    prometheusName: 'outpost_queue_age_seconds',
    kind: 'gauge',
    unit: 'Seconds',
    help: 'How long the dispatch that has waited longest for a slot has waited.',
  },
  stuck: {
    name: 'StuckDispatches',
    prometheusName: 'outpost_stuck_dispatches',
    kind: 'gauge',
    unit: 'Count',
    help: 'Dispatches that hold a slot although the reconciler should have ended them.',
  },
  outboxAge: {
    name: 'OutboxAge',
    prometheusName: 'outpost_outbox_age_seconds',
    kind: 'gauge',
    unit: 'Seconds',
    help: 'How long the event that has waited longest to be published has waited.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof METRICS;

export const METRICS_ROUTES = {
  metrics: {
    method: 'get',
    path: '/metrics',
    access: 'operator',
    summary: 'What this instance has measured, in the text format of Prometheus; nothing of any one tenant.',
    responses: { 200: { description: 'The metrics.', contentTypes: ['text/plain'] } },
  },
} as const satisfies Record<string, RouteDefinition>;
