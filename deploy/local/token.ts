import { type Role, requestToken } from './issuer/token.ts';
import { dataDir, fail } from './place.ts';
import { readPorts } from './state.ts';

const usage = 'npm run token -- operator | customer <id> | driver <id>';
const [role, id, ...rest] = process.argv.slice(2);
const roles: readonly Role[] = ['operator', 'customer', 'driver'];
const known = roles.find((each) => each === role);
if (!known || rest.length > 0 || (known !== 'operator' && !id)) fail(usage);

const ports = readPorts(dataDir);
if (!ports) fail('the mesh was never started here; npm start does it');
const token = await requestToken(`http://127.0.0.1:${ports.issuer}`, { role: known, id }).catch((cause: Error) =>
  fail(cause.message === 'fetch failed' ? 'the development issuer does not answer; is npm start running?' : cause),
);
console.log(token);
