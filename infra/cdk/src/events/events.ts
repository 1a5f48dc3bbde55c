import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AuditTrail } from './audit-trail.js';
import { Bus } from './bus.js';
import { Ledger } from './ledger.js';
import { WakeQueue } from './wake-queue.js';

interface EventsProps {
  readonly clusterArn: string;
  readonly auditTable: ITable;
  readonly auditLog: ILogGroup;
}

/** Who is told of what. */
export class Events extends Construct {
  readonly bus: EventBus;
  readonly ledger: Ledger;
  readonly wakeQueue: WakeQueue;
  readonly auditTrail: AuditTrail;

  constructor(
    scope: Construct,
    id: string,
    { clusterArn, auditTable: table, auditLog: logGroup }: EventsProps,
  ) {
    super(scope, id);
    const { bus } = new Bus(this, 'Bus');
    this.bus = bus;
    this.ledger = new Ledger(this, 'Ledger', { bus });
    this.wakeQueue = new WakeQueue(this, 'WakeQueue', { bus, clusterArn });
    this.auditTrail = new AuditTrail(this, 'AuditTrail', { bus, table, logGroup });
  }
}
