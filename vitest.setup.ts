import fc from 'fast-check';

/** Every run takes the same random cases, so that a failure is one of the change; FAST_CHECK_SEED looks for others. */
fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20_261_123) });
