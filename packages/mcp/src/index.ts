export { answerMcp } from './http.js';
export { serveMcpStdio } from './stdio.js';
