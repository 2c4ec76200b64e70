import { required, runProvider } from '../provider/run.ts';
import { startMailbox } from './mailbox.ts';

await runProvider(() =>
  startMailbox({
    smtpPort: Number(process.env.SMTP_PORT ?? 0),
    httpPort: Number(process.env.PORT ?? 0),
    folder: required('DATA_DIR'),
  }),
);
