import recommended from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };

/** Ways in which aws-cdk-lib does better than it did at first, unless it is not asked to. */
export const FEATURE_FLAGS: Readonly<Record<string, unknown>> = recommended;
