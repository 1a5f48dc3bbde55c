/** Lints the OpenAPI document: prints what is wrong with it, and fails when anything is. */
import { createConfig, formatProblems, getTotals, lintFromString } from '@redocly/openapi-core';
import process from 'node:process';
import { openApiDocument } from '../packages/contracts/dist/index.js';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    // This repository has no licence to name.
    'info-license': 'off',
  },
});
const source = JSON.stringify(openApiDocument({ version: '0.0.0' }), null, 2);
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
formatProblems(problems, { totals: getTotals(problems), version: '', format: 'codeframe' });
process.exitCode = problems.length === 0 ? 0 : 1;
