// A lab server as a process of its own, for tests that kill it. Tells its parent the port.
import { startLab } from './labServer.ts';

const { port } = await startLab(process.argv[2] ?? '');
process.send?.(port);
