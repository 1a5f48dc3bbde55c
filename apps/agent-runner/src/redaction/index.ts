export { createRedactor, type RedactingStream, type Redactor } from './redactor.js';
