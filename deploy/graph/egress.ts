import type { IServiceEntry } from '@kubernetes-models/istio/networking.istio.io/v1';
import { namespace, outside } from './platform.ts';

type Entry = IServiceEntry & { apiVersion: string; kind: string };

/** Hosts outside of the cluster. A sidecar lets out to them only where its scope names them. */
export function serviceEntries(): Entry[] {
  return outside.map(({ name, host, port, protocol }) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name, namespace },
    spec: {
      hosts: [host],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: port, name: `${protocol.toLowerCase()}-${name}`, protocol }],
    },
  }));
}
