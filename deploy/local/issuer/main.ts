import { required, runProvider } from '../provider/run.ts';
import { startIssuer } from './issuer.ts';

await runProvider(() =>
  startIssuer({
    port: Number(process.env.PORT ?? 0),
    dataDir: required('DATA_DIR'),
    audience: process.env.OIDC_AUDIENCE ?? 'jangbu',
    clients: process.env.OIDC_CLIENTS ?? '',
  }),
);
