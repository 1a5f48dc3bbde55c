import { EVENT_SOURCE } from '@outpost/platform/aws/definitions';
import { EventBus, type EventPattern } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';

/** What the drivers publish to, unless they are told another. */
export const BUS_NAME = 'outpost-events';

/** Published with the end of every dispatch. */
export const COST_EVENTS: EventPattern = { source: [EVENT_SOURCE], detailType: ['dispatch.cost'] };

/** Every event of Outpost: costs of dispatches, and what goes into the audit. */
export class Bus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: BUS_NAME });
  }
}
