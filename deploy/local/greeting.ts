import type { MeshHandle } from './handle.ts';
import type { SampleMonthSummary } from './sample/month.ts';

export const banner = `
  ╭──────────────────────────────────────────────╮
  │  장부 Jangbu · an order-to-cash service mesh │
  ╰──────────────────────────────────────────────╯
`;

/** What a person may do with the running mesh. */
export function whatNext(mesh: MeshHandle, folder: string, sample?: SampleMonthSummary): string {
  const { gatewayUrl, addresses } = mesh;
  const examples = sample?.examples;
  const lines = [
    'Try next',
    `  TOKEN=$(npm run -s token -- operator)`,
    `  curl -H "authorization: Bearer $TOKEN" '${gatewayUrl}/v1/lines?pageSize=3'`,
    ...(examples
      ? [
          `  curl -H "authorization: Bearer $TOKEN" '${gatewayUrl}/v1/lines/${examples.lineId}/usage?period=${sample.month}'`,
          `  curl -H "authorization: Bearer $TOKEN" -o invoice.pdf '${gatewayUrl}/v1/invoices/${examples.invoiceId}/document'`,
          `  curl -H "authorization: Bearer $(npm run -s token -- customer ${examples.customerId})" '${gatewayUrl}/v1/invoices?customerId=${examples.customerId}'`,
        ]
      : []),
    ...(examples ? storeLines(gatewayUrl) : []),
    `  grpcurl -plaintext ${addresses.ordering} list`,
    `  grpcurl -plaintext -H "authorization: Bearer $TOKEN" -d '{"page_size": 3}' ${addresses.ordering} jangbu.ordering.v1.LineService/ListLines`,
    '',
    'Where things are',
    `  mails          ${folder}/mails            attachments (PDF, CSV) in ${folder}/mails/attachments`,
    `  text messages  ${folder}/sms/messages.jsonl`,
    `  logs           ${folder}/logs`,
    `  databases      ${mesh.databaseUrl('billing')} and so on`,
    `  broker         ${mesh.natsUrl}`,
    '',
    'Ctrl-C drains and stops all of it.',
  ];
  return lines.map((line) => (line ? `  ${line}` : line)).join('\n');
}

/** The shop and the webtoon store have the same ids on every machine. */
function storeLines(gatewayUrl: string): string[] {
  const post = (path: string, body: object) =>
    `  curl -H "authorization: Bearer $TOKEN" ${gatewayUrl}${path} --json '${JSON.stringify(body)}'`;
  return [
    post('/v1/purchases', { customerId: 'shopper', offeringId: 'jeju-gyul', quantity: 10 }),
    post('/v1/purchases', { customerId: 'reader', offeringId: 'dokkaebi-1' }),
    post('/v1/contents/dokkaebi-1:read', { customerId: 'reader' }),
  ];
}
