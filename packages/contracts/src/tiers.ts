import { z } from 'zod';

export const TIER_NAMES = ['fast', 'balanced', 'flagship'] as const;

export const TierNameSchema = z.enum(TIER_NAMES).meta({ id: 'TierName', description: 'A size of worker.' });
export type TierName = z.infer<typeof TierNameSchema>;

/** A worker's resources, in the units that ECS uses. */
export interface Tier {
  /** CPU units: 1024 is one vCPU. */
  readonly cpuUnits: number;
  readonly memoryMb: number;
  readonly storageGb: number;
}

/** Smallest first: the order in which a worker that ran out of memory moves up. */
export const TIERS: Readonly<Record<TierName, Tier>> = {
  fast: { cpuUnits: 512, memoryMb: 1024, storageGb: 5 },
  balanced: { cpuUnits: 1024, memoryMb: 2048, storageGb: 10 },
  flagship: { cpuUnits: 2048, memoryMb: 4096, storageGb: 20 },
};
