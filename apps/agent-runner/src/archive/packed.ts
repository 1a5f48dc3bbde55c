/** What is kept of a workspace from one dispatch to the next, by its path. */
export const PACKED = ['repo', 'artifacts', '.outpost/snapshot.git'] as const;
