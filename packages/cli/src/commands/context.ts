import { CONTEXT_DOCUMENTS, type ContextDocument, type ContextDocumentName } from '@outpost/contracts';
import { Argument, Command } from 'commander';
import { apiCommand, withApi } from '../api/api-command.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-code.js';
import { readInput } from '../terminal/read-input.js';
import { lineWidth, tableOr } from '../terminal/output.js';
import { cut, plain, plainText } from '../terminal/plain.js';
import type { Column } from '../terminal/table.js';
import { ago } from '../terminal/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'document' },
  { title: 'characters', align: 'right' },
  { title: 'updated', align: 'right' },
  { title: 'begins' },
];
/** Of a line that are left to the beginning of a document. */
const BEGIN_SHARE = 0.5;

/** `outpost context`. */
export function contextCommand(): Command {
  return new Command('context')
    .description('what the tenant says to all its agents before their task')
    .addCommand(
      apiCommand('list', 'the documents that there are').action(
        withApi(async ({ client, output, signal }) => {
          const documents = await client.contextDocuments.list({ signal });
          output.result({ documents }, () => tableOr(COLUMNS, documents.map(rowOf), 'No documents.'));
        }),
      ),
    )
    .addCommand(
      apiCommand('show', 'print one as it is')
        .addArgument(nameArgument())
        .action(
          withApi(async ({ client, output, signal }, _options, name) => {
            const document = await client.contextDocuments.get(name as ContextDocumentName, { signal });
            if (output.isJson) output.result(document, () => '');
            else output.raw(Buffer.from(withLineEnd(document.content)));
          }),
        ),
    )
    .addCommand(setCommand())
    .addCommand(
      apiCommand('delete', 'take one away')
        .addArgument(nameArgument())
        .action(
          withApi(async ({ client, output, signal }, _options, name) => {
            const document = await client.contextDocuments.delete(name as ContextDocumentName, { signal });
            output.result(document, () => `Deleted ${document.name}.`);
          }),
        ),
    );
}

function nameArgument(): Argument {
  return new Argument('<name>', 'the document').choices(CONTEXT_DOCUMENTS);
}

function setCommand(): Command {
  return apiCommand('set', 'write one, for the dispatches that start from now on')
    .addArgument(nameArgument())
    .option('-f, --file <path>', 'read it from a file (default: -, which is stdin)')
    .action(
      withApi(async ({ client, config, output, signal }, { file }: { readonly file?: string }, name) => {
        if (file === undefined && process.stdin.isTTY) {
          throw new CliError('Say the document with --file, or on stdin.', { exitCode: EXIT.usage });
        }
        const content = await readInput({ file: file ?? '-', what: 'the document', config });
        const document = await client.contextDocuments.put(name as ContextDocumentName, content, { signal });
        output.result(document, () => `Wrote ${document.name}, ${document.content.length} characters.`);
      }),
    );
}

function rowOf({ name, content, updatedAt }: ContextDocument): readonly string[] {
  const begin = plainText(content).trim().split('\n')[0] ?? '';
  return [
    name,
    String(content.length),
    ago(updatedAt, Date.now()),
    cut(plain(begin), Math.floor(lineWidth() * BEGIN_SHARE)),
  ];
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
