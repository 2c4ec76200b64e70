import { required, runProvider } from '../provider/run.ts';
import { startPaymentProvider } from './paymentProvider.ts';

const { PORT, PROVIDER_KEY, WEBHOOK_URL, WEBHOOK_SECRET } = process.env;

await runProvider(() =>
  startPaymentProvider({
    port: Number(PORT ?? 0),
    dataDir: required('DATA_DIR'),
    ...(PROVIDER_KEY && { key: PROVIDER_KEY }),
    ...(WEBHOOK_URL && { webhooks: { url: WEBHOOK_URL, secret: WEBHOOK_SECRET ?? required('WEBHOOK_SECRET') } }),
  }),
);
