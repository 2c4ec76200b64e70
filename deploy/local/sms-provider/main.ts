import { required, runProvider } from '../provider/run.ts';
import { startSmsProvider } from './smsProvider.ts';

await runProvider(() => startSmsProvider({ port: Number(process.env.PORT ?? 0), dataDir: required('DATA_DIR') }));
