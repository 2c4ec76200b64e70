import { Fault } from '#shared/errors/fault';
import type { Exchange } from '../../edge/exchange.ts';
import type { RouteTable } from '../../routes/routeTable.ts';
import { type DocumentSource, openApiDocument } from '../document.ts';
import { CachedFile } from './cachedFile.ts';
import { docsFile, isDocsPath, pagePolicy } from './docsFiles.ts';

/** Answers what is asked of the document or its page; undefined for all other requests. */
export type OpenApiPages = (exchange: Exchange) => Promise<void> | undefined;

const documentPath = '/openapi.json';

/** `/openapi.json` and `/docs`. Where the contract itself has a route of such a path, that is served instead. */
export function openApiPages(registry: DocumentSource['registry'], routes: RouteTable): OpenApiPages {
  let document: Promise<CachedFile> | undefined;
  const documentFile = () => {
    document ??= openApiDocument({ registry, bindings: routes.bindings })
      .then((made) => new CachedFile('application/json', Buffer.from(JSON.stringify(made))))
      .catch((error: unknown) => {
        document = undefined;
        throw error;
      });
    return document;
  };
  return (exchange) => {
    const { path } = exchange;
    const isDocument = path === documentPath;
    if (!isDocument && !(path.startsWith('/docs') && isDocsPath(path))) return undefined;
    if (!isFree(exchange, routes)) return undefined;
    return answer(exchange, isDocument ? documentFile : () => docsFile(path));
  };
}

async function answer(exchange: Exchange, file: () => Promise<CachedFile>): Promise<void> {
  const { path, request, response } = exchange;
  exchange.route = path;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allow = 'GET, HEAD';
    response.setHeader('allow', allow);
    throw new Fault('METHOD_NOT_ALLOWED', { message: `this path allows ${allow}`, metadata: { allow } });
  }
  // The page's files are named from its own path, so it has only one; relative, because a proxy may have a prefix in front of it.
  if (path === '/docs/') response.writeHead(308, { location: '../docs' }).end();
  else {
    const found = await file();
    if (path === '/docs') response.setHeader('content-security-policy', pagePolicy);
    await found.answer(exchange);
  }
}

function isFree({ request, path }: Exchange, routes: RouteTable): boolean {
  const { kind } = routes.rest.find(request.method ?? '', path);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  return kind === 'none' || (reading && kind === 'otherMethod');
}
